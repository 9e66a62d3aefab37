# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Follow keypoints that no descriptor has matched, from frame to frame by optical flow.

Labels that come of a descriptor's own matches teach it what it knows; flow says where the others
went. It begins where the matches around say, and what does not come back when it is followed
backwards is lost.
"""
from __future__ import annotations

import cv2
import numpy as np

AROUND = 4  # matches that say where flow begins
FAR_PX = 120.0  # from the nearest of them: nothing is known about such a place
BACK_PX = 1.0  # from where it was, after flow there and back
WINDOW, LEVELS = (21, 21), 2


def follow(first: np.ndarray, second: np.ndarray, points: np.ndarray,
           matched: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return where points (N, 2) of a frame are in the next (N, 2), and which are known (N,).

    Args:
        first: (H, W) uint8.
        second: (H, W) uint8.
        points: pixels of the first.
        matched: pixels (M, 2), (M, 2) of matches of the two frames.
    """
    if not len(points) or len(matched[0]) < AROUND:
        return points.copy(), np.zeros(len(points), bool)
    guess, known = guessed(points, *matched)
    begun = np.ascontiguousarray(points, np.float32)
    there, found, _ = cv2.calcOpticalFlowPyrLK(
        first, second, begun, guess.astype(np.float32), winSize=WINDOW, maxLevel=LEVELS,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW)
    back, returned, _ = cv2.calcOpticalFlowPyrLK(
        second, first, there, (there - (guess - points)).astype(np.float32), winSize=WINDOW,
        maxLevel=LEVELS, flags=cv2.OPTFLOW_USE_INITIAL_FLOW)
    known &= (found.ravel() == 1) & (returned.ravel() == 1)
    known &= np.linalg.norm(back - begun, axis=1) < BACK_PX
    return there.astype(np.float64), known


def guessed(points: np.ndarray, first: np.ndarray,
            second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return points moved by the median of the matches around them, and which have such (N,)."""
    apart = (points ** 2).sum(1)[:, None] + (first ** 2).sum(1) - 2 * points @ first.T  # (N, M)
    nearest = np.argpartition(apart, AROUND - 1, axis=1)[:, :AROUND]
    moved = np.median((second - first)[nearest], axis=1)
    return points + moved, np.take_along_axis(apart, nearest, 1).min(1) < FAR_PX ** 2
