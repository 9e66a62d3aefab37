# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Keypoints and tracks drawn into an image: for people, not for machines."""
from __future__ import annotations

import cv2
import numpy as np

from residual_features_ros.image import to_bgr
from residual_features_ros.tracks import TrackedFrame

KEYPOINT_BGR = (160, 160, 160)
SUBPIXEL_BITS = 4  # OpenCV draws at 1/16 pixel


def draw_tracks(image: np.ndarray, frame: TrackedFrame) -> np.ndarray:
    """Return a BGR copy of the image with its keypoints and the way each track came.

    Grey circles are keypoints without a match. A track keeps its colour from frame to frame;
    its line leads from the reference frame's place to this one's.
    """
    drawn = to_bgr(image).copy()
    places = _fixed(frame.features.keypoints)
    for place in places[frame.keypoint_ids < 0]:
        cv2.circle(drawn, place, 2 << SUBPIXEL_BITS, KEYPOINT_BGR, 1, cv2.LINE_AA, SUBPIXEL_BITS)
    ends = places[frame.matches.indices[:, 0]]
    starts = _fixed(frame.reference.keypoints)[frame.matches.indices[:, 1]]
    for start, end, colour in zip(starts, ends, _colours(frame.ids), strict=True):
        cv2.line(drawn, start, end, colour, 1, cv2.LINE_AA, SUBPIXEL_BITS)
        cv2.circle(drawn, end, 2 << SUBPIXEL_BITS, colour, 1, cv2.LINE_AA, SUBPIXEL_BITS)
    return drawn


def _fixed(points: np.ndarray) -> np.ndarray:
    """Return pixels (N, 2) as OpenCV's fixed-point integers."""
    return np.rint(points * (1 << SUBPIXEL_BITS)).astype(np.int32)


def _colours(ids: np.ndarray) -> list[tuple[int, ...]]:
    """Return a strong BGR colour for each track id; neighbours differ (golden ratio)."""
    hue = (ids * 0.618034 % 1 * 180).astype(np.uint8)
    hsv = np.stack([hue, np.full_like(hue, 255), np.full_like(hue, 255)], 1)
    if not len(hsv):
        return []
    return [tuple(map(int, row)) for row in cv2.cvtColor(hsv[None], cv2.COLOR_HSV2BGR)[0]]
