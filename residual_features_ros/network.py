# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""h: image -> dense descriptor map, through a backend."""
from __future__ import annotations

import copy
from collections.abc import Sequence

import cv2
import numpy as np

from residual_features_ros.backends import Backend, Expected, Session
from residual_features_ros.backends.chain import Chain
from residual_features_ros.errors import ModelCardError
from residual_features_ros.image import SMALLEST_SIDE_PX, pad_to_multiple, to_bgr, to_grey
from residual_features_ros.model_card import ModelCard
from residual_features_ros.timings import Timings

COMMON_SIZES = (480, 640), (240, 320)  # VGA and QVGA, (H, W)
NO_LIMIT_PX = 2048  # of images where max_size has none


def prepare(images: Sequence[np.ndarray], card: ModelCard, shrink: int = 1) -> np.ndarray:
    """Turn images of one size into the input of h.

    Args:
        images: B times (H, W) grey or (H, W, 3) BGR uint8.
        card: gives channels, mean, standard deviation and stride.
        shrink: h sees the images at 1 / shrink of their size.

    Returns:
        (B, channels, H' / shrink, W' / shrink) float32 RGB or grey; H' and W' are padded to
        multiples of stride * shrink.
    """
    colour = card.channels == 3
    if not colour:
        images = [to_grey(image) for image in images]
    padded = [pad_to_multiple(image, card.stride * shrink) for image in images]
    if shrink > 1:
        size = (padded[0].shape[1] // shrink, padded[0].shape[0] // shrink)
        padded = [cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in padded]
    if colour:
        padded = [to_bgr(image) for image in padded]
    mean = [255 * value for value in card.mean]
    blob = cv2.dnn.blobFromImages(padded, 1 / 255, mean=mean, swapRB=colour)
    if card.per_image:
        return normalise_each(blob, images)
    std = np.array(card.std, np.float32).reshape(1, -1, 1, 1)
    return blob if np.all(std == 1) else np.divide(blob, std, out=blob)


def normalise_each(blob: np.ndarray, images: Sequence[np.ndarray]) -> np.ndarray:
    """Give each image of a blob in [0, 1] the mean 0 and the standard deviation 1.

    Both are those of all values of the image without padding; a deviation below one grey level
    counts as that.
    """
    for values, image in zip(blob, images, strict=True):
        mean, deviation = cv2.meanStdDev(image.reshape(-1))
        values -= mean.item() / 255
        values /= max(deviation.item(), 1.0) / 255
    return blob


def expected_images(card: ModelCard, shrink: int, max_size: int) -> Expected:
    """Return what h will see of images that are shrunk: common sizes, least and largest one.

    Args:
        card: gives the stride.
        shrink: h sees the images at 1 / shrink of their size.
        max_size: longest side of images in pixels, 0 for no limit.
    """
    longest = max(max_size or NO_LIMIT_PX, SMALLEST_SIDE_PX)

    def seen(height: int, width: int) -> tuple[int, int]:
        scale = min(1, longest / max(height, width))
        rows, columns = (-(-max(round(side * scale), SMALLEST_SIDE_PX) // (card.stride * shrink))
                         * card.stride for side in (height, width))
        return rows, columns
    return Expected(sizes=tuple(dict.fromkeys(seen(*size) for size in COMMON_SIZES)),
                    least=seen(SMALLEST_SIDE_PX, SMALLEST_SIDE_PX),
                    largest=seen(longest, longest))


class DenseNetwork:
    """The network h of a card, loaded."""

    def __init__(self, card: ModelCard, chain: Chain, threads: int, precision: str,
                 timings: Timings, expected: Expected | None = None) -> None:
        """Load h, or its int8 form.

        Raises:
            ModelCardError: int8 was asked for and is not there, or h gives other maps than those
                that its card names.
        """
        if precision == 'int8' and 'h_int8' not in card.files:
            raise ModelCardError(
                f'{card.folder / card.method}.json: expected a network h_int8 for precision int8, '
                'found none; "python -m training export CHECKPOINT --calibrate DIR" writes one')
        self._card, self._chain, self._precision, self._timings = card, chain, precision, timings

        def opened(backend: Backend) -> Session:
            file = 'h_int8' if runs_int8(card, precision, backend) else 'h'
            return backend.open_session(
                card.path(file), threads, precision, card.detector is not None,
                expected or expected_images(card, card.shrink, NO_LIMIT_PX))

        self._session = chain.open(opened)
        self._names = card.detector.maps if card.detector else ('dense',)
        card.check_outputs('h', self._session.outputs, *self._names)

    @property
    def description(self) -> str:
        """What runs h."""
        quantised = runs_int8(self._card, self._precision, self._chain.backend)
        return self._session.description + (', h in int8' if quantised else '')

    def twin(self, timings: Timings) -> DenseNetwork:
        """Return one that is timed apart and shares the network."""
        twin = copy.copy(self)
        twin._timings = timings
        return twin

    def see(self, images: Sequence[np.ndarray], shrink: int) -> list[dict[str, np.ndarray]]:
        """Return the maps of each image, (C, H'/s, W'/s) or (H'/s, W'/s), by name.

        Images of one size share one run of h.

        Args:
            images: (H, W) grey or (H, W, 3) BGR uint8.
            shrink: h sees the images at 1 / shrink of their size.
        """
        if len({image.shape[:2] for image in images}) > 1:
            return [maps for image in images for maps in self.see([image], shrink)]
        with self._timings.timed('prepare'):
            prepared = prepare(images, self._card, shrink)  # (B, channels, H', W')
        with self._timings.timed('h'):
            batch = self.maps(prepared)
        return [{name: values[number] for name, values in batch.items()}  # (B, ...) -> B of (...)
                for number in range(len(images))]

    def maps(self, prepared: np.ndarray) -> dict[str, np.ndarray]:
        """Return all maps of prepared images by name."""
        return self._session.run({'image': prepared})


def runs_int8(card: ModelCard, precision: str, backend: Backend) -> bool:
    """Return whether a backend is given h's int8 form."""
    return 'h_int8' in card.files and (
        precision == 'int8' or (precision == 'auto' and backend.TAKES_INT8))


class NoNetwork:
    """Stands in the place of h where f reads none of its maps."""

    description = ''

    def twin(self, timings: Timings) -> NoNetwork:
        """Return itself, which has nothing to time."""
        return self

    def see(self, images: Sequence[np.ndarray], shrink: int) -> list[dict[str, np.ndarray]]:
        """Return no map for each image."""
        return [{} for _ in images]
