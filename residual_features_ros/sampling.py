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
    channels, rows, columns = dense.shape
    x, y = ((points + 0.5) / stride - 0.5).T
    x, y = np.clip(x, 0, columns - 1), np.clip(y, 0, rows - 1)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, bottom = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
    u, v = ((part - whole).astype(dense.dtype)[:, None] for part, whole in ((x, left), (y, top)))
    cells = np.ascontiguousarray(dense.reshape(channels, -1).T)  # a keypoint reads whole rows

    def read(row: np.ndarray) -> np.ndarray:
        near = cells[row * columns + left]
        near += (cells[row * columns + right] - near) * u
        return near

    upper = read(top)
    upper += (read(bottom) - upper) * v
    return upper
