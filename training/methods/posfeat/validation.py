# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Scores of a run on held-out pairs: descriptors on a grid, and keypoints with descriptors."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from residual_features_ros.matcher import create_matcher
from training import detected
from training.geometry import cell_centres, epipolar_distances, inside, warp_points
from training.methods.posfeat.model import MEAN, STD, STRIDE, PoSFeatNetwork
from training.methods.posfeat.search import similarities, unit_map, unit_rows
from training.networks import InputFormat, Networks, to_input

SEED = 20_000
CORRECT_PX = 4.0  # a cell of h's map
FORM = InputFormat(STRIDE, MEAN, STD, channels=3)
GRID = 16


def on_grid(model: PoSFeatNetwork, pairs: Sequence[Mapping[str, np.ndarray]]) -> dict[str, float]:
    """Match points of a grid with all cells of the other view, in one direction.

    Returns:
        epipolar: share of all points whose best cell is within 4 px of the epipolar line;
        right, where the pairs have homographies: share of the points that the other view shows
        whose best cell is within 4 px of the true place.
    """
    device = next(model.parameters()).device
    epipolar, right = [], []
    for pair in pairs:
        with torch.inference_mode():
            images = torch.from_numpy(pair['images']).to(device)
            dense = model.h.description(to_input(images, FORM))[0].float()
            points, found = best_cells(dense)
        lines = torch.from_numpy(pair['fundamental'])[None]
        epipolar.append((epipolar_distances(points, found, lines) < CORRECT_PX).float().mean())
        if 'homography' in pair:
            true = warp_points(points, torch.from_numpy(pair['homography'])[None])
            shown = inside(true, (images.shape[2], images.shape[1]))
            near = (true - found).norm(dim=2)[shown] < CORRECT_PX
            right.append(near.float().sum() / max(len(near), 1))
    scores = {'epipolar': float(torch.stack(epipolar).mean())}
    return {**scores, 'right': float(torch.stack(right).mean())} if right else scores


def best_cells(dense: Tensor) -> tuple[Tensor, Tensor]:
    """Return grid points (1, N, 2) of the first map (2, C, H, W), the best cells of the second."""
    rows, columns = dense.shape[2:]
    cells = cell_centres(rows, columns, STRIDE)
    points = cell_centres(rows * STRIDE // GRID, columns * STRIDE // GRID, GRID)[None]
    queries = unit_rows(dense[:1], points.to(dense), STRIDE)
    best = similarities(queries, unit_map(dense[1:])).flatten(2).argmax(2)[0].cpu()
    return points, cells[best][None]


def with_keypoints(networks: Networks, pairs: Sequence[Mapping[str, np.ndarray]],
                   count: int) -> dict[str, float]:
    """Return the scores of keypoints and descriptors together.

    Where pairs have homographies these are detected.scores; elsewhere the share of mutual matches
    within 2 px of the epipolar line, and matches and keypoints in a pair.
    """
    if 'homography' in pairs[0]:
        return detected.scores(networks, pairs, count)
    rows = []
    for pair in pairs:
        first, second = (detected.extract(networks, image, count) for image in pair['images'])
        matches = create_matcher(matching_precision='fp32').match(first, second).indices
        starts = torch.from_numpy(first.keypoints[matches[:, 0]])[None]
        ends = torch.from_numpy(second.keypoints[matches[:, 1]])[None]
        apart = epipolar_distances(starts, ends, torch.from_numpy(pair['fundamental'])[None])
        rows.append((float((apart < 2).float().sum()) / max(len(matches), 1), len(matches),
                     (len(first) + len(second)) / 2))
    means = np.mean(rows, 0).tolist()
    return dict(zip(('precision', 'matches', 'keypoints'), means, strict=True))
