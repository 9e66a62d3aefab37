# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What confidences cost: matching with and without them, in turns."""
from __future__ import annotations

import time

import numpy as np

from residual_features_ros import Features, create_matcher
from residual_features_ros.confidence import ConfidenceModel

ROUNDS = 300
PERCENTILE = 10  # of the rounds: what they take where nothing else runs


def match_ms(a: Features, b: Features, model: ConfidenceModel) -> dict[str, float]:
    """Return PERCENTILE of the ms of matching two images, without and with confidences.

    Matchers take turns, since other work on the machine slows both.
    """
    matchers = create_matcher(), create_matcher(confidence=model)
    found = np.empty((ROUNDS + 1, 2))
    for row in found:
        for column, matcher in enumerate(matchers):
            start = time.perf_counter()
            matcher.match(a, b)
            row[column] = 1000 * (time.perf_counter() - start)
    without, with_ = np.percentile(found[1:], PERCENTILE, axis=0)  # the first is not counted
    return {'keypoints': (len(a) + len(b)) / 2, 'matches': len(matchers[0].match(a, b)),
            'without': float(without), 'with': float(with_)}
