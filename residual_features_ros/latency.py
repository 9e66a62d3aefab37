# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Keep a latency: fewer keypoints first, then SIFT without its upsampled octave as well."""
from __future__ import annotations

import statistics
from collections import deque

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.registry import METHODS

SHARES = (1.0, 0.7, 0.5)  # of max_keypoints, level by level
COARSE_SHARES = (0.5, 0.3)  # the same without the upsampled octave, at the levels after those
OTHER_SHARES = (0.35, 0.2)  # the same for methods without SIFT
JUDGED = 10  # frames whose median latency counts
ROOM = 0.7  # of the limit: a frame that took less might bear more
PATIENCE = 50  # frames with room before a level is taken back
MOST_PATIENCE = 1600


class LatencyController:
    """Which level of saving is needed; level 0 is what was asked for.

    A level is added when the median of the last frames is over the limit, and taken back after
    `PATIENCE` frames with room. When that was too soon, the patience doubles.
    """

    def __init__(self) -> None:
        """Begin at level 0."""
        self.level = 0
        self._latencies: deque[float] = deque(maxlen=JUDGED)
        self._calm, self._patience, self._since_back = 0, PATIENCE, MOST_PATIENCE

    def note(self, latency_ms: float, limit_ms: float) -> bool:
        """Take a latency and return whether the level has changed; a limit of 0 is none."""
        before = self.level
        self._since_back += 1
        self._latencies.append(latency_ms)
        if limit_ms <= 0:
            self.level, self._calm, self._patience = 0, 0, PATIENCE
        elif len(self._latencies) == JUDGED:
            self._judge(statistics.median(self._latencies), limit_ms)
        if self.level != before:
            self._latencies.clear()
            self._calm = 0
        return self.level != before

    def _judge(self, median_ms: float, limit_ms: float) -> None:
        self._calm = self._calm + 1 if median_ms < ROOM * limit_ms else 0
        if median_ms > limit_ms and self.level < len(SHARES) + len(COARSE_SHARES) - 1:
            self.level += 1
            if self._since_back < self._patience:
                self._patience = min(2 * self._patience, MOST_PATIENCE)
        elif self._calm >= self._patience and self.level:
            self.level -= 1
            self._since_back = 0

    def limits(self, config: ExtractorConfig) -> tuple[int, int]:
        """Return max_keypoints and sift_first_octave of the level."""
        octave, sift = config.sift_first_octave, 'sift' in METHODS[config.method].handcrafted
        if self.level < len(SHARES):
            share = SHARES[self.level]
        else:
            share = (COARSE_SHARES if sift else OTHER_SHARES)[self.level - len(SHARES)]
            octave = 0 if sift else octave
        return max(1, round(share * config.max_keypoints)), octave

    def words(self, config: ExtractorConfig) -> str:
        """Return the level in words."""
        if not self.level:
            return 'nothing saved'
        count, octave = self.limits(config)
        coarse = ', SIFT without its upsampled octave' if octave > config.sift_first_octave else ''
        return f'level {self.level}: at most {count} keypoints{coarse}'
