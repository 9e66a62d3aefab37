# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A folder of images in the order of their names."""
from __future__ import annotations

from pathlib import Path

from residual_features_ros.datasets.image_files import find_images
from residual_features_ros.datasets.sequence import Sequence, stamped

HZ = 10.0


def read(folder: Path, hz: float | None) -> Sequence:
    """Return its images with the stamps of a camera of `hz` (10 by default)."""
    return Sequence(stamped(find_images([str(folder)]), hz or HZ), notes=[
        f'stamps are those of {hz or HZ:g} Hz', 'no ground truth'])
