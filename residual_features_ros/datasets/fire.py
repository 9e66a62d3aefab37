# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""FIRE: pairs of retinal images with control points (Hernandez-Matas et al., 2017).

Images/<name>_1.jpg and <name>_2.jpg, 'Ground Truth/control_points_<name>_1_2.txt' with x and y in
the first and in the second image in each row, Masks/feature_mask.png where the retina is shown.
"""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from residual_features_ros.datasets.image_files import read_image
from residual_features_ros.datasets.natural_order import in_natural_order
from residual_features_ros.datasets.text_files import read_rows
from residual_features_ros.errors import DatasetError

POINTS = 'Ground Truth/control_points_{}_1_2.txt'
MASK = 'Masks/feature_mask.png'
LEAST_POINTS = 4


@dataclass(frozen=True)
class RetinalPair:
    """Two images on disk, and points (N, 2), (N, 2) that are the same in both, in pixels."""

    name: str
    first: Path
    second: Path
    points: np.ndarray
    partners: np.ndarray

    def homography(self) -> np.ndarray:
        """Return the 3x3 map from the first to the second: least squares of the control points.

        Raises:
            DatasetError: they decide none.
        """
        found, _ = cv2.findHomography(self.points, self.partners, 0)
        if found is None or not np.isfinite(found).all() or abs(np.linalg.det(found)) < 1e-9:
            raise DatasetError(f'{self.first}: its control points decide no homography')
        return found


def read(root: Path) -> list[RetinalPair]:
    """Return the pairs of a folder, by name.

    Raises:
        DatasetError: there are none, or one lacks an image or has no control points; the file is
            named.
    """
    start, end = Path(POINTS).name.split('{}')
    files = in_natural_order((root / POINTS).parent.glob(f'{start}*{end}'))
    if not files:
        raise DatasetError(f'{root}: no FIRE there; it has Images/<name>_1.jpg, '
                           f"Images/<name>_2.jpg and '{POINTS.format('<name>')}'")
    return [_pair(root, path, path.name.removeprefix(start).removesuffix(end)) for path in files]


def read_mask(root: Path) -> np.ndarray | None:
    """Return (H, W) bool of the images' size, True where the retina is shown; None without."""
    path = root / MASK
    return read_image(path)[..., 0] > 127 if path.is_file() else None


def _pair(root: Path, path: Path, name: str) -> RetinalPair:
    images = [root / 'Images' / f'{name}_{number}.jpg' for number in (1, 2)]
    for image in images:
        if not image.is_file():
            raise DatasetError(f'{image}: no such file, which {path} is about')
    rows = read_rows(path, (4,))
    if len(rows) < LEAST_POINTS:
        raise DatasetError(f'{path}: {len(rows)} control points, {LEAST_POINTS} are the least')
    return RetinalPair(name, images[0], images[1], rows[:, :2], rows[:, 2:])
