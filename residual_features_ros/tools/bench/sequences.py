# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a camera would show: frames of a folder, or a crop that moves over photographs.

A method may remember the frame before, so that photographs in turn would tell nothing about it.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from residual_features_ros.datasets.image_files import find_images, read_image
from residual_features_ros.datasets.readable_images import readable_images
from residual_features_ros.image import fill
from residual_features_ros.tools.photographs import packaged_photographs

MARGIN = 1.15  # height of the photograph / height of the crop
STEP = 0.01  # of the crop's width, how far it moves from one frame to the next
WARM_UP = 3  # frames of a moving crop that come first and are not counted
DISTINCT = 60  # frames of a moving crop; a longer one goes back over them


@dataclass(frozen=True)
class FrameSequence:
    """Frames of one camera, there and back so that neighbours follow each other.

    images: (H, W, 3) BGR uint8.    warm_up, counted: how many come before and in the measure.
    """

    images: Sequence[np.ndarray]
    warm_up: int
    counted: int

    def __len__(self) -> int:
        """Return the number of frames."""
        return self.warm_up + self.counted

    def frames(self) -> Iterator[tuple[np.ndarray, bool]]:
        """Yield each frame and whether it counts."""
        for i in range(len(self)):
            yield self.images[there_and_back(i, len(self.images))], i >= self.warm_up


def there_and_back(i: int, count: int) -> int:
    """Return place i of 0 1 ... count - 1 ... 1 0 1 ..."""
    at = i % max(2 * (count - 1), 1)
    return min(at, 2 * (count - 1) - at) if count > 1 else 0


def open_sequences(folder: str, size: tuple[int, int], rounds: int) -> list[FrameSequence]:
    """Return the images of `bench`.

    Args:
        folder: its images in the order of their names are one sequence, which comes `rounds`
            times and once before; empty: a crop moves over each packaged photograph, a frame a
            round.
        size: (width, height) of the frames.
        rounds: see above.
    """
    if folder:
        images = [fill(image, size) for image in readable_images(find_images([folder]))]
        return [FrameSequence(images, len(images), rounds * len(images))]
    distinct = min(WARM_UP + rounds, DISTINCT)
    return [FrameSequence(list(moving_crops([read_image(path)], size, distinct)), WARM_UP, rounds)
            for path in packaged_photographs()]


def moving_crops(photographs: Sequence[np.ndarray], size: tuple[int, int],
                 most: int) -> Iterator[np.ndarray]:
    """Yield a crop that pans over photographs, side by side, from the left to the right end.

    It sways, rolls and zooms a little, so that no two frames have the same pixels.

    Args:
        photographs: (H, W, 3) BGR uint8 of any size.
        size: (width, height) of the crop.
        most: frames; fewer where the right end is reached.
    """
    panorama = _panorama(photographs, size)
    reach = panorama.shape[1] - MARGIN * size[0]
    for i in range(max(1, min(most, 1 + int(reach / (STEP * size[0]))))):
        middle = np.array([MARGIN / 2 * size[0] + i * STEP * size[0],
                           (0.5 + 0.03 * np.sin(i / 5)) * panorama.shape[0]])
        yield _crop(panorama, size, middle, 1.5 * np.sin(i / 9), 1 + 0.03 * np.sin(i / 7))


def _panorama(photographs: Sequence[np.ndarray], size: tuple[int, int]) -> np.ndarray:
    """Return the photographs side by side, `MARGIN` times as large as the crop or larger."""
    width, height = (int(np.ceil(MARGIN * side)) for side in size)
    scaled = [fill(photo, (max(width, round(photo.shape[1] * height / photo.shape[0])), height))
              for photo in photographs]
    return np.hstack(scaled)


def _crop(panorama: np.ndarray, size: tuple[int, int], middle: np.ndarray, roll_deg: float,
          zoom: float) -> np.ndarray:
    """Return the (size) crop around a pixel of the panorama."""
    to_crop = cv2.getRotationMatrix2D(middle.tolist(), roll_deg, zoom)
    to_crop[:, 2] += (np.array(size) - 1) / 2 - middle
    return cv2.warpAffine(panorama, to_crop, size, flags=cv2.INTER_CUBIC,
                          borderMode=cv2.BORDER_REFLECT)
