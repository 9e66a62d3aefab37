# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Keep a latency: fewer keypoints first, then SIFT without its upsampled octave as well."""
from __future__ import annotations

import dataclasses
import statistics
from collections import deque

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.keypoints.table import DETECTORS
from residual_features_ros.registry import METHODS

SHARES = (1.0, 0.7, 0.5)  # of max_keypoints, level by level
WITHOUT_OCTAVE_SHARES = (0.5, 0.3)  # of the levels after those, without the upsampled octave
OTHER_SHARES = (0.35, 0.2)  # of the same levels for methods that have none to leave out
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

    def note(self, latency_ms: float, limit_ms: float, level: int | None = None) -> bool:
        """Take a latency and return whether the level has changed.

        Args:
            latency_ms: of an image.
            limit_ms: 0 is none.
            level: that the image had, None for the present one. What it took at another one does
                not count: where images overlap, those in work when the level changes have the old.
        """
        before = self.level
        self._since_back += 1
        is_old = level is not None and level != before
        if not is_old:
            self._latencies.append(latency_ms)
        if limit_ms <= 0:
            self.level, self._calm, self._patience = 0, 0, PATIENCE
        elif len(self._latencies) == JUDGED and not is_old:
            self._judge(statistics.median(self._latencies), limit_ms)
        if self.level != before:
            self._latencies.clear()
            self._calm = 0
        return self.level != before

    def _judge(self, median_ms: float, limit_ms: float) -> None:
        self._calm = self._calm + 1 if median_ms < ROOM * limit_ms else 0
        if median_ms > limit_ms and self.level < len(SHARES) + len(OTHER_SHARES) - 1:
            self.level += 1
            if self._since_back < self._patience:
                self._patience = min(2 * self._patience, MOST_PATIENCE)
        elif self._calm >= self._patience and self.level:
            self.level -= 1
            self._since_back = 0

    def limited(self, config: ExtractorConfig) -> ExtractorConfig:
        """Return the settings at the present level of those that were asked for."""
        level = self.level  # once: another thread may change it
        share, octave = SHARES[min(level, len(SHARES) - 1)], config.sift_first_octave
        if level >= len(SHARES):
            skips = can_skip_octave(config)
            share = (WITHOUT_OCTAVE_SHARES if skips else OTHER_SHARES)[level - len(SHARES)]
            octave = 0 if skips else octave
        return dataclasses.replace(config, sift_first_octave=octave,
                                   max_keypoints=max(1, round(share * config.max_keypoints)))

    def words(self, config: ExtractorConfig) -> str:
        """Return the level in words."""
        if not self.level:
            return 'nothing saved'
        limited = self.limited(config)
        octave = ', SIFT without its upsampled octave' \
            if limited.sift_first_octave > config.sift_first_octave else ''
        return f'level {self.level}: at most {limited.max_keypoints} keypoints{octave}'


def can_skip_octave(config: ExtractorConfig) -> bool:
    """Tell whether a method has an upsampled octave that it can do without; no whole network."""
    detector = METHODS[config.method].detector
    return (config.front_end == 'split' and detector in DETECTORS
            and DETECTORS[detector].upsampled_octave)
