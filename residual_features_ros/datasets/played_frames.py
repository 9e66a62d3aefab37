# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A folder of images or a video file as the frames of a camera, once or again and again."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from residual_features_ros.datasets.image_files import ENDINGS, find_images
from residual_features_ros.datasets.readable_images import readable_images
from residual_features_ros.errors import DatasetError

IMAGES_HZ = 10.0  # of images, and of a video that does not say
MOST_HZ = 1000.0


class PlayedFrames:
    """The frames of a source from its start to its end.

    rate_hz: that the source names.    size: (width, height) of the first frame.
    """

    def __init__(self, source: str) -> None:
        """Look at the first frame.

        Args:
            source: folder of images, one image, or a video that OpenCV reads.

        Raises:
            DatasetError: nothing there, or no frame in it.
        """
        path = Path(source)
        self._source, self.rate_hz = source, IMAGES_HZ
        self._images: list[Path] = []
        if path.is_dir() or path.suffix.lower() in ENDINGS:
            self._images = find_images([source])
        elif not path.is_file():
            raise DatasetError(f'{source}: no such folder of images, or video file')
        else:
            self.rate_hz = _rate_of(source)
        first = next(iter(self), None)
        if first is None:
            raise DatasetError(f'{source}: neither a folder of images nor a video of which OpenCV '
                               f'{cv2.__version__} can read a frame')
        self.size = first.shape[1], first.shape[0]

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield the frames, (H, W, 3) BGR uint8; images that cannot be read are left out."""
        return readable_images(self._images) if self._images else _frames_of(self._source)

    def again_and_again(self) -> Iterator[np.ndarray]:
        """Yield the frames without an end, unless the source is there no more."""
        shown = True
        while shown:
            shown = False
            for frame in self:
                shown = True
                yield frame


def _rate_of(video: str) -> float:
    capture = cv2.VideoCapture(video)
    rate_hz = float(capture.get(cv2.CAP_PROP_FPS))
    capture.release()
    return rate_hz if 0 < rate_hz <= MOST_HZ else IMAGES_HZ


def _frames_of(video: str) -> Iterator[np.ndarray]:
    capture = cv2.VideoCapture(video)
    try:
        while True:
            came, frame = capture.read()
            if not came:
                return
            yield frame
    finally:
        capture.release()
