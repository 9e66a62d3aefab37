# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a camera's stamps must not do: stay, or run backwards; free of ROS."""
from __future__ import annotations

from dataclasses import dataclass

from residual_features_ros.tracks import Stamp, seconds

ZERO, SAME, BACK = 'zero', 'same', 'back'
APART = 'features and matches of such images cannot be told apart'


@dataclass
class StampWatch:
    """Compares the stamp of each image of a topic with the one before."""

    _last: Stamp | None = None

    def note(self, stamp: Stamp) -> tuple[str, str] | None:
        """Take the next stamp; return what is wrong with it, as a kind and a sentence.

        One stamp of zero is right where simulated time begins.
        """
        last, self._last = self._last, stamp
        if last is None or stamp > last:
            return None
        if stamp < last:
            return BACK, (f'stamp went back from {seconds(last)} s to {seconds(stamp)} s: a bag '
                          'that began anew, two cameras, or a clock that was set')
        if stamp == (0, 0):
            return ZERO, f'stamp is zero in image after image: the driver leaves it empty; {APART}'
        return SAME, f'stamp {seconds(stamp)} s came again with the next image: {APART}'
