# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The frames of the benchmark and the answers to them.

A frame is named by its stamp: the phase in seconds, its number in nanoseconds.
"""
from __future__ import annotations

from dataclasses import dataclass

from residual_features_ros.tools.harness.cdr import cloud_width, stamp_of

WARM_UP, SATURATE, MEASURE = 2, 3, 4  # phases


@dataclass(frozen=True)
class Answer:
    """When an answer came (time.monotonic_ns), to which frame, and how many points it has."""

    received_ns: int
    phase: int
    number: int
    width: int


def frame_stamp(phase: int, number: int) -> int:
    """Return the stamp of a frame in nanoseconds."""
    return phase * 10**9 + number


def answer_of(cdr: bytes, received_ns: int) -> Answer:
    """Return what is noted of a serialised PointCloud2."""
    phase, number = divmod(stamp_of(cdr), 10**9)
    return Answer(received_ns, phase, number, cloud_width(cdr))
