# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Optimisation profiles: for which shapes of its inputs an engine is made."""
from __future__ import annotations

from collections.abc import Mapping

from residual_features_ros.backends import Expected

Shape = tuple[int, ...]
Profile = dict[str, tuple[Shape, Shape, Shape]]  # least, best and largest shape of each input
IMAGE = 'image'
FREE = -1  # a side that the network leaves open
MOST_IMAGES = 2  # of a size that is not expected: memory for more would be large


def profiles(inputs: Mapping[str, Shape], expected: Expected) -> list[Profile]:
    """Return the profiles of a network, those that fix every side first.

    Args:
        inputs: shapes by name, with FREE sides; images are (B, C, H, W).
        expected: what they will be.
    """
    if IMAGE not in inputs:
        return [{name: _rows(shape, *expected.rows_of.get(name, expected.rows))
                 for name, shape in inputs.items()}]
    batch, channels, *sides = inputs[IMAGE]
    sizes = expected.sizes if FREE in sides else (tuple(sides),)
    batches = expected.batches if batch == FREE else (batch,)
    fixed = [(count, channels, *size) for size in sizes for count in batches]
    found: list[Profile] = [{IMAGE: (shape, shape, shape)} for shape in fixed]
    if FREE in sides:
        best = sizes[0] if sizes else expected.largest
        found.append({IMAGE: ((1, channels, *expected.least), (1, channels, *best),
                              (MOST_IMAGES, channels, *expected.largest))})
    return found


def _rows(shape: Shape, usual: int, most: int) -> tuple[Shape, Shape, Shape]:
    least, best, largest = (tuple(count if side == FREE else side for side in shape)
                            for count in (1, usual, most))
    return least, best, largest
