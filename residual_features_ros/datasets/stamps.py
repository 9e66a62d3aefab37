# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Stamps of images, in nanoseconds."""
from __future__ import annotations

import os
from pathlib import Path

from residual_features_ros.errors import DatasetError

FIRST_NS = 10**9  # of images that have no stamps: 0 means "no stamp" in ROS
HZ = 10.0  # of images that have no stamps of their own


def stamped(files: list[Path], hz: float | None) -> tuple[list[tuple[int, Path]], str]:
    """Return files with the stamps of a camera of `hz` (10 by default), and a note on it."""
    hz = hz or HZ
    return [(FIRST_NS + round(i * 1e9 / hz), path) for i, path in enumerate(files)], \
        f'stamps are those of {hz:g} Hz'


def existing(images: list[tuple[int, Path]], listed_in: Path) -> tuple[list[tuple[int, Path]],
                                                                      list[str]]:
    """Return the listed images that are there, sorted by stamp, and a note on the others."""
    there = sorted((stamp, path) for stamp, path in images if os.path.isfile(path))
    if not there:
        raise DatasetError(f'{listed_in}: none of the {len(images)} images that it names is there')
    missing = len(images) - len(there)
    notes = [f'{missing} of {len(images)} images named in {listed_in} are not there'] \
        if missing else []
    first = dict(reversed(there))
    twice = len(there) - len(first)
    if twice:
        notes.append(f'{twice} images named in {listed_in} have the stamp of another and were '
                     'left out')
    return sorted(first.items()), notes


def own_stamps(hz: float | None, name: str) -> None:
    """Raise DatasetError where a rate was asked for images that have stamps of their own."""
    if hz is not None:
        raise DatasetError(f'--hz: {name} images have stamps of their own')
