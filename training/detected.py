# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Keypoints and descriptors of networks in torch, by the runtime's own steps, and their scores."""
from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import cast

import numpy as np
import torch

from residual_features_ros.detection import find
from residual_features_ros.image import to_grey
from residual_features_ros.matcher import create_matcher
from residual_features_ros.model_card import ModelCard
from residual_features_ros.nearest import similarity_of
from residual_features_ros.network import prepare
from residual_features_ros.rows.windows import cut_windows, keypoint_rows
from residual_features_ros.sampling import sample
from residual_features_ros.types import Features
from training.benchmarks import metrics
from training.benchmarks.metrics import CORRECT_PX
from training.networks import Networks


def extract(networks: Networks, image: np.ndarray, count: int) -> Features:
    """Return what Extractor.extract would give with these networks exported.

    Args:
        networks: of a learned detector, in eval mode.
        image: (H, W) grey or (H, W, 3) BGR uint8.
        count: most keypoints.

    Raises:
        ValueError: networks that find no keypoints.
    """
    h, detector, form = networks.h, networks.detector, networks.input
    if h is None or detector is None:
        raise ValueError('networks without a detector find no keypoints')
    device = next(h.parameters()).device
    with torch.inference_mode():
        # prepare reads no other fields of a card than those that an InputFormat has.
        blob = torch.from_numpy(prepare([image], cast(ModelCard, form))).to(device)
        maps = {name: values[0].float().cpu().numpy()
                for name, values in networks.maps(blob).items()}
        found = find(maps, detector, (image.shape[1], image.shape[0]), count)
        if not len(found):
            return dataclasses.replace(
                found, descriptors=np.zeros((0, networks.f.dim), np.float32))
        known = {}
        if 'dense' in maps:
            known['sampled'] = sample(maps['dense'], found.keypoints, form.stride)
        if networks.windows:
            known['windows'] = cut_windows(to_grey(image), keypoint_rows(found), networks.windows,
                                           networks.window_samples)
        rows = networks.f(**{name: torch.from_numpy(known[name])[None].to(device)
                             for name in networks.f.inputs})[0]
    return dataclasses.replace(found, descriptors=rows.float().cpu().numpy())


def scores(networks: Networks, pairs: Iterable[Mapping[str, np.ndarray]],
           count: int) -> dict[str, float]:
    """Return the mean numbers of pairs, as benchmarks.hpatches computes them at 3 pixels.

    Args:
        networks: of a learned detector, in eval mode.
        pairs: items of data.warped.HomographyPairs.
        count: most keypoints in an image.

    Returns:
        repeatability, ms (matching score), recall, keypoints.
    """
    rows = []
    for pair in pairs:
        first, second = (extract(networks, image, count) for image in pair['images'])
        rows.append(_scores(first, second, pair['homography'].astype(np.float64)))
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def _scores(first: Features, second: Features, homography: np.ndarray) -> dict[str, float]:
    size, back = first.image_size, np.linalg.inv(homography)
    shared = first.take(metrics.covisible(first.keypoints, homography, size)).keypoints
    others = second.take(metrics.covisible(second.keypoints, back, size)).keypoints
    matches = create_matcher(matching_precision='fp32').match(first, second).indices
    errors = metrics.transfer_errors(first.keypoints[matches[:, 0]],
                                     second.keypoints[matches[:, 1]], homography)
    possible = metrics.possible_matches(shared, others, homography, CORRECT_PX)
    similarity = similarity_of(first.descriptors, second.descriptors)
    return {
        'repeatability': metrics.repeatability(shared, others, homography, CORRECT_PX),
        'ms': metrics.matching_score(first.keypoints, second.keypoints, similarity, homography,
                                     size, CORRECT_PX),
        'recall': metrics.recall(int((errors < CORRECT_PX).sum()), possible),
        'keypoints': (len(first) + len(second)) / 2}
