# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures made for the tests, so that none needs a download."""
import cv2
import numpy as np


def textured(width=320, height=240, seed=0):
    """Return (H, W, 3) uint8 with corners and blobs at many scales, the same for a seed."""
    rng = np.random.default_rng(seed)
    image = np.full((height, width, 3), 110, np.uint8)
    for _ in range(width * height // 400):
        centre = tuple(int(v) for v in rng.integers(0, (width, height)))
        radius = int(rng.integers(2, 14))
        colour = tuple(int(v) for v in rng.integers(0, 256, 3))
        if rng.random() < 0.5:
            cv2.circle(image, centre, radius, colour, -1, cv2.LINE_AA)
        else:
            corners = rng.integers(-radius, radius + 1, (3, 2)) + centre
            cv2.fillConvexPoly(image, corners.astype(np.int32), colour, cv2.LINE_AA)
    return cv2.GaussianBlur(image, (0, 0), 0.8)
