# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Read a dense map at keypoints; the trainer has the same convention.

Cell (i, j) of a map of stride s stands for the s x s block of pixels whose centre is
((j + 0.5) * s - 0.5, (i + 0.5) * s - 0.5); between centres the map is bilinear, outside it is
constant. This equals grid_sample(align_corners=False, padding_mode='border') at
2 * (p + 0.5) / (s * cells) - 1 in torch.
"""
from __future__ import annotations

import numpy as np


def sample(dense: np.ndarray, points: np.ndarray, stride: int) -> np.ndarray:
    """Sample bilinearly.

    Args:
        dense: (C, H/s, W/s).
        points: (N, 2) pixels of the image that the map was made from.
        stride: s, pixels per cell.

    Returns:
        (N, C), the dtype of `dense`.
    """
    _, rows, columns = dense.shape
    x, y = ((points + 0.5) / stride - 0.5).T
    x, y = np.clip(x, 0, columns - 1), np.clip(y, 0, rows - 1)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, bottom = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
    u, v = (x - left).astype(dense.dtype), (y - top).astype(dense.dtype)
    upper = dense[:, top, left] * (1 - u) + dense[:, top, right] * u  # (C, N)
    lower = dense[:, bottom, left] * (1 - u) + dense[:, bottom, right] * u
    return (upper * (1 - v) + lower * v).T  # (C, N) -> (N, C)
