# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Validation scores: matching score and repeatability on held-out pairs, as the runtime reads h.

Keypoints and windows by the runtime's own code.
"""
from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from residual_features_ros.detection import DetectorCard, find
from residual_features_ros.fusion import keypoint_rows
from residual_features_ros.image import to_grey
from residual_features_ros.windows import cut_windows
from training.data.sources import Source
from training.methods.lfnet.branches import INPUT
from training.methods.lfnet.config import LFNetConfig
from training.methods.lfnet.data import open_dataset
from training.methods.lfnet.model import PATCH, LFNet
from training.methods.lfnet.patches import windows_of
from training.methods.lfnet.warps import both_ways
from training.networks import to_input

SEED = 20_000
CORRECT_PX = 5.0  # section 4.2
Pair = dict[str, np.ndarray]


def validation_pairs(source: Source, config: LFNetConfig) -> list[Pair]:
    """Make the held-out pairs, the same for every run with the same data settings."""
    count = config.data.validation_pairs
    dataset = open_dataset(source, config, SEED, count)
    return [dataset[number] for number in range(count)]


def extract(model: LFNet, image: np.ndarray, card: DetectorCard,
            config: LFNetConfig) -> tuple[np.ndarray, np.ndarray]:
    """Return keypoints (N, 2) and unit rows (N, D) of an image (H, W, 3) BGR uint8."""
    device = next(model.parameters()).device
    with torch.inference_mode():
        blob = to_input(torch.from_numpy(image)[None].to(device), INPUT)
        maps = dict(zip(model.h.maps, model.h(blob), strict=True))
        found = find({name: values[0].cpu().numpy() for name, values in maps.items()}, card,
                     (image.shape[1], image.shape[0]), config.keypoints.count)
        if not len(found):
            return found.keypoints, np.zeros((0, config.model.dim), np.float32)
        windows = cut_windows(to_grey(image), keypoint_rows(found), windows_of(config.model),
                              PATCH)
        rows = model.f(torch.from_numpy(windows)[None].to(device))[0].cpu().numpy()
    return found.keypoints, rows


def score(places: np.ndarray, seen: np.ndarray, others: np.ndarray,
          similarity: np.ndarray) -> tuple[float, float]:
    """Return the matching score and the repeatability of a pair, both at 5 px.

    Args:
        places: (N, 2) of view 1's keypoints in view 2.
        seen: (N,) which of them view 2 shows; the others do not count.
        others: (M, 2) keypoints of view 2.
        similarity: (N, M) of descriptors, larger is nearer.
    """
    if not seen.any() or not len(others):
        return 0.0, 0.0
    places = places[seen]
    chosen = others[similarity[seen].argmax(1)]
    right = np.linalg.norm(chosen - places, axis=1) < CORRECT_PX
    apart = np.linalg.norm(others[None] - places[:, None], axis=2)
    return float(right.mean()), float((apart < CORRECT_PX).any(1).mean())


def validate(model: LFNet, pairs: list[Pair], card: DetectorCard,
             config: LFNetConfig) -> dict[str, float]:
    """Return the means over pairs, from the first view to the second."""
    found = []
    for pair in pairs:
        (first, rows), (second, others) = (extract(model, image, card, config)
                                           for image in pair['images'])
        batch = {name: torch.from_numpy(values)[None] for name, values in pair.items()}
        places, seen = _move(batch, first)
        found.append(score(places, seen, second, rows @ others.T))
    return dict(zip(('ms', 'repeatability'), np.mean(found, 0).tolist(), strict=True))


def _move(batch: dict[str, Tensor], points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return places (N, 2) in the second view and which are seen there."""
    both = torch.from_numpy(points).expand(2, -1, -1)  # the warps are of both ways
    places, seen = both_ways(batch).move(both)
    return places[0].numpy(), seen[0].numpy()
