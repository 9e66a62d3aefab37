# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Validation of SuperPoint: corners of drawings, and repeatability and matches of photographs."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from residual_features_ros.config import MatcherConfig
from residual_features_ros.detection import find
from residual_features_ros.geometry import transform
from residual_features_ros.matcher import mutual_nearest
from residual_features_ros.opencv import normalise_rows
from residual_features_ros.sampling import sample
from training.benchmarks.metrics import covisible, possible_matches, repeatability
from training.methods.superpoint.config import SuperPointConfig
from training.methods.superpoint.model import DUSTBIN, STRIDE, as_input
from training.methods.superpoint.recipe import detector_card

SEED = 20_000
NEAR_PX = 3.0
CORNER_PX = 4.0  # epsilon of the paper's appendix A
Sample = dict[str, np.ndarray]


def maps_of(model: nn.Module, image: np.ndarray) -> dict[str, np.ndarray]:
    """Return scores (H, W) and map (D, Hc, Wc) of a grey image."""
    device = next(model.parameters()).device
    with torch.inference_mode():
        scores, dense = model.h(as_input(torch.from_numpy(image)[None].to(device)))
    return {'scores': scores[0].cpu().numpy(), 'dense': dense[0].float().cpu().numpy()}


def on_drawings(model: nn.Module, drawings: Sequence[Sample],
                config: SuperPointConfig) -> dict[str, float]:
    """Return the mean average precision over drawings with corners (appendix A)."""
    found = []
    for drawing in drawings:
        corners = corners_of(drawing['cells'])
        if not len(corners):
            continue
        features = find(maps_of(model, drawing['image']), detector_card(config),
                        config.data.size, config.data.keypoints)
        known = cells_of(features.keypoints, drawing['cells']) >= 0
        found.append(average_precision(features.keypoints[known], corners, CORNER_PX))
    return {'average_precision': float(np.mean(found)) if found else 0.0}


def cells_of(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Return the value (N,) of the cell (Hc, Wc) that each point lies in."""
    x, y = np.rint(points).astype(int).T // STRIDE
    return cells[y, x]


def corners_of(cells: np.ndarray) -> np.ndarray:
    """Return the pixels (N, 2) that data.cells' targets (Hc, Wc) name."""
    row, column = np.nonzero((cells >= 0) & (cells < DUSTBIN))
    y, x = np.divmod(cells[row, column], STRIDE)
    return np.stack([column * STRIDE + x, row * STRIDE + y], 1)


def average_precision(points: np.ndarray, corners: np.ndarray, near_px: float) -> float:
    """Return the area under precision over recall of points, strongest first.

    A point is right where a corner is within near_px that no stronger point has taken.

    Args:
        points: (N, 2), strongest first.
        corners: (M, 2), M at least 1.
        near_px: how near is right.
    """
    free = np.ones(len(corners), bool)
    right = np.zeros(len(points), bool)
    for number, point in enumerate(points):
        apart = np.where(free, np.linalg.norm(corners - point, axis=1), np.inf)
        nearest = apart.argmin()
        right[number] = apart[nearest] <= near_px
        free[nearest] &= not right[number]
    precision = right.cumsum() / np.arange(1, len(points) + 1)
    return float((precision * right).sum() / len(corners))


def on_pairs(model: nn.Module, pairs: Sequence[Sample],
             config: SuperPointConfig) -> dict[str, float]:
    """Return the means over pairs of repeatability and of recall.

    recall: correct mutual matches over those that the keypoints allow.
    """
    found = [on_pair(model, pair, config) for pair in pairs]
    repeated, recalled = np.mean(found, 0) if found else (0.0, 0.0)
    return {'repeatability': float(repeated), 'recall': float(recalled)}


def on_pair(model: nn.Module, pair: Sample, config: SuperPointConfig) -> tuple[float, float]:
    """Return repeatability and recall of a pair."""
    size, homography = config.data.size, pair['homography'].astype(np.float64)
    points, rows = [], []
    for image, to_other in zip(pair['images'], (homography, np.linalg.inv(homography)),
                               strict=True):
        maps = maps_of(model, image)
        places = find(maps, detector_card(config), size, config.data.keypoints).keypoints
        places = places[covisible(places, to_other, size)]
        points.append(places)
        rows.append(normalise_rows(sample(maps['dense'], places, STRIDE)))
    matches = mutual_nearest(rows[0] @ rows[1].T, 0, MatcherConfig()).indices
    off = np.linalg.norm(transform(points[0][matches[:, 0]], homography)
                         - points[1][matches[:, 1]], axis=1)
    possible = possible_matches(*points, homography, NEAR_PX)
    return (repeatability(*points, homography, NEAR_PX),
            float((off < NEAR_PX).sum() / max(possible, 1)))
