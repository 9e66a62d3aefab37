# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Images of a folder one after the other; one that cannot be read does not end it."""
from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from residual_features_ros.datasets.image_files import read_image
from residual_features_ros.errors import DatasetError

log = logging.getLogger(__name__)
REFUSALS = (ValueError, cv2.error, OSError)  # DatasetError is a ValueError


def readable_images(paths: Sequence[Path]) -> Iterator[np.ndarray]:
    """Yield the images (H, W, 3) BGR uint8 that can be read; the others are named in a warning.

    Raises:
        DatasetError: there are some, and not one can be read; it says why the first cannot.
    """
    lost = []
    for path in paths:
        try:
            image = read_image(path)
        except REFUSALS as error:
            lost.append(reason(path, error))
            if len(lost) == len(paths):
                raise DatasetError(f'{lost[0]} (and no other of {len(paths)} images can be read)'
                                   if len(paths) > 1 else lost[0]) from error
            log.warning('left out: %s', lost[-1])
            continue
        yield image
    if lost:
        log.warning('%d of %d images were left out', len(lost), len(paths))


def reason(path: Path, error: Exception) -> str:
    """Return why an image was left out, its path first, in one line."""
    words = ' '.join(str(error).split())
    return words if words.startswith(str(path)) else f'{path}: {words}'


def first_size(paths: Iterable[Path]) -> tuple[int, int]:
    """Return the (width, height) of the first image that can be read.

    Raises:
        DatasetError: none can; it says why the first cannot.
    """
    first: DatasetError | None = None
    for path in paths:
        try:
            image = read_image(path)
        except REFUSALS as error:
            first = first or DatasetError(reason(path, error))
            continue
        return image.shape[1], image.shape[0]
    raise first or DatasetError('no image')
