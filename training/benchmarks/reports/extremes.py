# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of the pairs in which one method gains most on another, and loses most."""
from __future__ import annotations

import cv2
import numpy as np

from residual_features_ros import Features
from residual_features_ros.drawing import WHITE, draw_matches
from residual_features_ros.matcher import Matcher
from training.benchmarks import metrics
from training.benchmarks.metrics import CORRECT_PX
from training.benchmarks.reports.validation import Rows

HARD = 100  # correct matches of the first method that a hard pair has at most
LINE = 26  # pixels of a line of text


def hardest(first: Rows, last: Rows) -> tuple[int, int]:
    """Return the numbers of the pairs of the largest gain and of the largest loss in `correct`.

    Among the pairs in which the first method has HARD or fewer, where there are two such.
    """
    before, after = (np.array([row['correct'] for row in rows]) for rows in (first, last))
    hard = np.flatnonzero(before <= HARD)
    among = hard if len(hard) > 1 else np.arange(len(before))
    gains = (after - before)[among]
    return int(among[gains.argmax()]), int(among[gains.argmin()])


def picture(images: tuple[np.ndarray, np.ndarray], features: tuple[Features, Features],
            homography: np.ndarray, matcher: Matcher, name: str) -> np.ndarray:
    """Return two images side by side: right matches green, wrong ones red, and how many."""
    matches = matcher.match(*features).indices
    points = (features[0].keypoints[matches[:, 0]], features[1].keypoints[matches[:, 1]])
    right = metrics.transfer_errors(*points, homography) < CORRECT_PX
    drawn = draw_matches(images, points, right)
    words = f'{name}: {right.sum()} of {len(right)} right'
    titled = cv2.copyMakeBorder(drawn, LINE, 0, 0, 0, cv2.BORDER_CONSTANT)
    cv2.putText(titled, words, (8, LINE - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.6, WHITE, 1,
                cv2.LINE_AA)
    return titled
