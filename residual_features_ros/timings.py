# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How long the stages of an image took."""
from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

KEPT = 1000  # times of each stage, the newest
# In the order of the pipeline; prepare and h run beside those before them, so that their sum is
# more than the time of an image. levels is the pyramid where no stage before needed it; whole is
# the one network of front_end whole.
STAGES = ('detect', 'choose', 'places', 'describe', 'prepare', 'h', 'sample', 'levels', 'windows',
          'f', 'teblid', 'b', 'whole')
# Of a node; extract is the above, and turn the wait for the images before; place makes words of an
# image, loops looks for earlier ones of its place.
OF_NODE = ('wait', 'convert', 'extract', 'turn', 'match', 'publish', 'place', 'loops')


class Timings:
    """Times in ms by stage; each stage is timed by one thread at a time."""

    def __init__(self) -> None:
        """Begin with none."""
        self.ms: dict[str, deque[float]] = {
            name: deque(maxlen=KEPT) for name in (*STAGES, *OF_NODE)}

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Note the time of what runs inside."""
        start = time.perf_counter()
        yield
        self.note(name, time.perf_counter() - start)

    def note(self, name: str, seconds: float) -> None:
        """Note the time of a stage that was measured elsewhere."""
        self.ms[name].append(1000 * seconds)

    def newest(self) -> dict[str, float]:
        """Return the time in ms of each stage when it ran last."""
        return {name: times[-1] for name, times in self.ms.items() if times}

    def medians(self) -> dict[str, float]:
        """Return the median in ms of each stage that there was."""
        return medians_of([self])

    def forget(self) -> None:
        """Drop what was noted."""
        for times in self.ms.values():
            times.clear()


def medians_of(several: Iterable[Timings]) -> dict[str, float]:
    """Return the median in ms of each stage that there was, over the images of all."""
    together: dict[str, list[float]] = {}
    for timings in several:
        for name, times in timings.ms.items():
            together.setdefault(name, []).extend(list(times))
    return {name: statistics.median(times) for name, times in together.items() if times}
