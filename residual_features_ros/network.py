# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""h: image -> dense descriptor map, through a backend."""
from __future__ import annotations

import copy
from collections.abc import Sequence

import cv2
import numpy as np

from residual_features_ros.backends import Backend
from residual_features_ros.errors import ModelCardError
from residual_features_ros.image import pad_to_multiple, to_bgr, to_grey
from residual_features_ros.model_card import ModelCard
from residual_features_ros.timings import Timings


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


class DenseNetwork:
    """The network h of a card, loaded."""

    def __init__(self, card: ModelCard, backend: Backend, threads: int, precision: str,
                 timings: Timings) -> None:
        """Load h, or its int8 form; ModelCardError where that was asked for and is not there."""
        if precision == 'int8' and 'h_int8' not in card.files:
            raise ModelCardError(
                f'{card.folder / card.method}.json: expected a network h_int8 for precision int8, '
                'found none; "python -m training export CHECKPOINT --calibrate DIR" writes one')
        quantised = 'h_int8' in card.files and (
            precision == 'int8' or (precision == 'auto' and backend.TAKES_INT8))
        self._card, self._timings = card, timings
        self._session = backend.open_session(card.path('h_int8' if quantised else 'h'), threads,
                                             precision, alone=card.detector is not None)
        self._names = card.detector.maps if card.detector else ('dense',)
        self.description = self._session.description + (', h in int8' if quantised else '')

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
        """Return all maps of prepared images by name; ModelCardError where h gives others."""
        found = self._session.run({'image': prepared})
        if len(found) != len(self._names):
            raise ModelCardError(f'{self._card.path("h")}: expected the maps '
                                 f'{", ".join(self._names)} that its card names, found '
                                 f'{len(found)} outputs')
        return dict(zip(self._names, found, strict=True))


class NoNetwork:
    """Stands in the place of h where f reads none of its maps."""

    def __init__(self, description: str) -> None:
        """Say what runs instead."""
        self.description = description

    def twin(self, timings: Timings) -> NoNetwork:
        """Return itself, which has nothing to time."""
        return self

    def see(self, images: Sequence[np.ndarray], shrink: int) -> list[dict[str, np.ndarray]]:
        """Return no map for each image."""
        return [{} for _ in images]
