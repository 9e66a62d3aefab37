# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Up to where descriptors match: what ORB-SLAM calls TH_LOW, TH_HIGH and the ratio."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

RECALL = 0.95  # of the right matches, the share that low and high keep
PRECISION = 0.9  # of the matches that ratio keeps, the share that is right ...
LEAST_RECALL = 0.5  # ... unless it keeps less than this share of the right ones
WINDOW_PX = 15.0  # ORB-SLAM's own around a projected point of level 0, one camera


@dataclass(frozen=True)
class MatchThresholds:
    """The thresholds of one method; a part of its card.

    low and high are bits of binary descriptors, and L2 of unit rows of the others.

    low: where nothing says where a partner is: of the right pairs that are mutually nearest among
        all keypoints, RECALL are not further apart (TH_LOW).
    high: where geometry leads: of the right pairs that are nearest within WINDOW_PX of the true
        place, RECALL are not further apart (TH_HIGH).
    ratio: of the distances to the nearest and the second nearest of all: the largest at which, of
        the nearest neighbours within low, PRECISION are right; or, where that keeps less than
        LEAST_RECALL of the right ones, the one that keeps so many.
    fit: what they were fitted on, by which command, and what they keep of other pairs.
    """

    low: float
    high: float
    ratio: float
    fit: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ValueError for what keeps nothing or is in no order."""
        if not 0 < self.low <= self.high or not 0 < self.ratio <= 1:
            raise ValueError('thresholds have 0 < low <= high and 0 < ratio <= 1, got low '
                             f'{self.low}, high {self.high}, ratio {self.ratio}')
