# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a node did since its last report: counts, rates and latencies."""
from __future__ import annotations

import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field

import numpy as np

TOO_SLOW = 'newer image came'
BAD_IMAGE = 'bad image'
FAILED = 'extraction failed'
LOST = 'lost on the way to the node'
NO_PARTNER = 'no partner'
ENDED = 'the node ended'


@dataclass(frozen=True)
class Report:
    """The figures of one period; `drops` are its counts by reason.

    core_ms: processor time of the process, on all cores, for each image served.
    """

    fps_in: float
    fps_out: float
    latency_ms_p50: float
    latency_ms_p95: float
    core_ms: float
    received: int
    served: int
    idle: int
    drops: dict[str, int]
    drops_total: dict[str, int]
    keypoints: int
    matches: int
    last_error: str


@dataclass
class Statistics:
    """Counters that the callbacks and the worker threads feed."""

    received: int = 0
    served: int = 0
    idle: int = 0
    keypoints: int = 0
    matches: int = 0
    fallbacks_total: int = 0
    last_error: str = ''
    drops: Counter[str] = field(default_factory=Counter)
    drops_total: Counter[str] = field(default_factory=Counter)
    _latencies_s: deque[float] = field(default_factory=lambda: deque(maxlen=256))
    _since_s: float = field(default_factory=time.perf_counter)
    _since_core_s: float = field(default_factory=time.process_time)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count_received(self, idle: bool) -> None:
        """Count an image that came; `idle` when nobody listens and it is ignored."""
        with self._lock:
            self.received += 1
            self.idle += idle

    def count_drop(self, reason: str, error: str = '', count: int = 1) -> None:
        """Count images that were sent and not served."""
        with self._lock:
            self.drops[reason] += count
            self.drops_total[reason] += count
            self.last_error = error or self.last_error

    def count_fallback(self) -> None:
        """Count an image that matcher_fallback matched."""
        with self._lock:
            self.fallbacks_total += 1

    def count_served(self, latency_s: float, keypoints: int, matches: int) -> None:
        """Count an image whose features were published."""
        with self._lock:
            self.served += 1
            self.keypoints, self.matches = keypoints, matches
            self._latencies_s.append(latency_s)

    def report(self) -> Report:
        """Return the figures since the last report and begin anew."""
        with self._lock:
            now_s = time.perf_counter()
            period_s = max(now_s - self._since_s, 1e-9)
            core_s = time.process_time()
            core_ms = 1e3 * (core_s - self._since_core_s) / (self.served or np.nan)
            latencies_ms = 1e3 * np.array(self._latencies_s or [np.nan])
            p50, p95 = np.percentile(latencies_ms, [50, 95])
            report = Report(
                self.received / period_s, self.served / period_s, float(p50), float(p95),
                core_ms, self.received, self.served, self.idle, dict(self.drops),
                dict(self.drops_total), self.keypoints, self.matches, self.last_error)
            self.received = self.served = self.idle = 0
            self.drops.clear()
            self._since_s, self._since_core_s, self.last_error = now_s, core_s, ''
            return report
