# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Float descriptors as bytes, a quarter of their size: as messages and memories have them.

q = round(x * DESCRIPTOR_SCALE) + ZERO_POINT, clipped to [1, 255]. Distances of the bytes are
DESCRIPTOR_SCALE times those of the descriptors.
"""
from __future__ import annotations

import numpy as np

DESCRIPTOR_SCALE = 254.0
ZERO_POINT = 128


def quantise(descriptors: np.ndarray) -> np.ndarray:
    """Turn unit float32 rows into uint8; components beyond +-0.5 are clipped."""
    levels = np.rint(descriptors * np.float32(DESCRIPTOR_SCALE)) + ZERO_POINT
    return np.clip(levels, 1, 255).astype(np.uint8)


def dequantise(levels: np.ndarray, scale: float = DESCRIPTOR_SCALE,
               zero_point: int = ZERO_POINT) -> np.ndarray:
    """Turn uint8 rows back into unit float32 rows."""
    rows = (levels.astype(np.float32) - zero_point) / np.float32(scale)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-12))
