# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The ratio of best to second best distance: its default, those that are tried, and its words."""
from __future__ import annotations

from collections.abc import Sequence

RATIO = 0.94  # the Image Matching Challenge with 8,000 keypoints, as the Residual paper
RATIOS = (0.8, 0.87, 0.94, 1.0)  # that --tune tries


def read_ratios(text: str | None, methods: Sequence[str]) -> tuple[float, dict[str, float]]:
    """Return the ratio of all methods and those of single ones.

    Raises:
        ValueError: no number, one out of range, or a method that is not evaluated.
    """
    ratio, ratios = RATIO, {}
    for word in text.split(',') if text else ():
        method, named, number = word.rpartition('=')
        try:
            value = float(number)
        except ValueError:
            value = 0.0
        if not 0 < value <= 1:
            raise ValueError(f'--ratio {word}: a number between 0 and 1')
        if named and method not in methods:
            raise ValueError(f'--ratio {word}: {method} is not among --methods')
        if named:
            ratios[method] = value
        else:
            ratio = value
    return ratio, ratios
