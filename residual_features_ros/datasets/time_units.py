# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Times of text files as nanoseconds, whatever unit they were written in.

Formats have a unit (TUM and KITTI seconds, EuRoC nanoseconds) that programs do not keep to:
ORB-SLAM3 writes TUM's columns with nanoseconds. A unit is believed unless it leads beyond the year
2100, or to poses that are too near or too far from each other.
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

UNITS_NS = {'seconds': 10**9, 'milliseconds': 10**6, 'microseconds': 10**3, 'nanoseconds': 1}
LATEST_S = 4_102_444_800  # the year 2100
EPOCH_S = 978_307_200  # the year 2001: what is later was taken from a clock of the day
NEAREST_S = 3e-4  # of two poses or images that follow each other
FARTHEST_S = {True: 1e3, False: 20.0}  # by whether a clock of the day was read
USUAL_APART_S = 0.03
MOST_NS = 2**63 - 1


class Times(NamedTuple):
    """stamps_ns: of each word, None where it is beyond 64 bits.    unit: of UNITS_NS."""

    stamps_ns: list[int | None]
    unit: str


def read_times_of(words: Sequence[str], usual: str) -> Times:
    """Return numbers as nanoseconds, all of one unit.

    Args:
        words: finite numbers; as floats they would lose some hundred nanoseconds.
        usual: the unit of the format, see the module.
    """
    unit = unit_of([float(word) for word in words], usual)
    exact = [round(Decimal(word) * UNITS_NS[unit]) for word in words]
    return Times([stamp if abs(stamp) <= MOST_NS else None for stamp in exact], unit)


def unit_of(times: Sequence[float], usual: str) -> str:
    """Return the unit, of UNITS_NS, in which times make sense; the usual one where none does."""
    typical = float(np.median(np.abs(times)))
    steps = np.diff(np.unique(times))
    apart = float(np.median(steps)) if len(steps) else None
    seconds = {unit: ns / 10**9 for unit, ns in UNITS_NS.items()}

    def of_the_day(unit: str) -> bool:
        return typical * seconds[unit] >= EPOCH_S

    def makes_sense(unit: str) -> bool:
        if typical * seconds[unit] > LATEST_S:
            return False
        return apart is None or (
            NEAREST_S <= apart * seconds[unit] <= FARTHEST_S[of_the_day(unit)])

    possible = [unit for unit in UNITS_NS if makes_sense(unit)]
    if usual in possible or not possible:
        return usual
    of_day = list(filter(of_the_day, possible))
    if of_day or apart is None:
        return (of_day or possible)[0]
    step = apart
    return min(possible, key=lambda unit: abs(math.log(step * seconds[unit] / USUAL_APART_S)))
