# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A folder of images in the order of their names."""
from __future__ import annotations

from pathlib import Path

from residual_features_ros.datasets.image_files import find_images
from residual_features_ros.datasets.posed_images import Sequence
from residual_features_ros.datasets.stamps import FIRST_NS, stamped


def read(folder: Path, hz: float | None = None) -> Sequence:
    """Return its images with the stamps of a camera of `hz` (10 by default)."""
    images, note = stamped(find_images([str(folder)]), hz)
    return Sequence(images, notes=[note, 'no ground truth'], added_ns=FIRST_NS)
