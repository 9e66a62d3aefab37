# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fill the number of keypoints beside a mask, for detectors that count before they mask."""
from __future__ import annotations

from collections.abc import Callable

from residual_features_ros.mask import Mask
from residual_features_ros.types import Features

FIRST_SHARE = 1.5
MOST_SHARE = 8.0  # beyond, a detector is asked for all
ROOM = 1.2  # times as many as the last image needed are asked for


class MaskedSearch:
    """Asks a detector for so many keypoints that enough of them are allowed.

    What it remembers of the last image decides how often the detector runs, and not what is found.
    """

    def __init__(self) -> None:
        """Begin with a half more than are wanted."""
        self.share = FIRST_SHARE

    def find(self, count: int, mask: Mask | None, run: Callable[[int], Features]) -> Features:
        """Return the allowed ones of what `run` finds: at least `count`, or all there are.

        Args:
            count: how many are wanted.
            mask: where they may be.
            run: finds as many as it is asked for, the strongest ones; 0 = all.
        """
        if mask is None:
            return run(count)
        asked = round(self.share * count) if self.share <= MOST_SHARE else 0
        found = mask.keep(run(asked))
        if asked and len(found) < count:
            self.share *= 2
            found, asked = mask.keep(run(0)), 0
            if len(found) < count:
                self.share = 2 * MOST_SHARE
        elif asked:
            self.share = max(1.0, self.share * ROOM * count / len(found))
        elif len(found) >= count:
            self.share = MOST_SHARE
        return found
