# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Validation of MagicPoint: the corners of drawings."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from training import detected
from training.methods.superpoint.model import DUSTBIN, STRIDE
from training.networks import Networks

SEED = 20_000
CORNER_PX = 4.0  # epsilon of the paper's appendix A


def on_drawings(networks: Networks, drawings: Sequence[Mapping[str, np.ndarray]],
                count: int) -> dict[str, float]:
    """Return the mean average precision over those of data.Drawings that have corners.

    Points in cells that do not count are left out.
    """
    found = []
    for drawing in drawings:
        corners = corners_of(drawing['cells'])
        if len(corners):
            points = detected.extract(networks, drawing['image'], count).keypoints
            points = points[cells_of(points, drawing['cells']) >= 0]
            found.append(average_precision(points, corners, CORNER_PX))
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
