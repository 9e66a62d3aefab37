# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""h: image -> dense descriptor map, through a backend."""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from residual_features_ros.backends import Backend
from residual_features_ros.errors import ModelCardError
from residual_features_ros.image import pad_to_multiple, to_bgr, to_grey
from residual_features_ros.model_card import ModelCard


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

    def __init__(self, card: ModelCard, backend: Backend, threads: int, precision: str) -> None:
        """Load h, or its int8 form; ModelCardError where that was asked for and is not there."""
        if precision == 'int8' and 'h_int8' not in card.files:
            raise ModelCardError(
                f'{card.folder / card.method}.json: expected a network h_int8 for precision int8, '
                'found none; "python -m training export CHECKPOINT --calibrate DIR" writes one')
        coarse = 'h_int8' in card.files and (
            precision == 'int8' or (precision == 'auto' and backend.TAKES_INT8))
        self._session = backend.open_session(card.path('h_int8' if coarse else 'h'), threads,
                                             precision, alone=card.detector is not None)
        self._maps = card.detector.maps if card.detector else ('dense',)
        self._file = card.path('h')
        self.description = self._session.description + (', h in int8' if coarse else '')

    def __call__(self, prepared: np.ndarray) -> np.ndarray:
        """Return the maps (B, C, H'/s, W'/s) float32 of prepared images (B, 3, H', W')."""
        return self._session.run({'image': prepared})[0]

    def maps(self, prepared: np.ndarray) -> dict[str, np.ndarray]:
        """Return all maps of prepared images by name; ModelCardError where h gives others."""
        found = self._session.run({'image': prepared})
        if len(found) != len(self._maps):
            raise ModelCardError(f'{self._file}: expected the maps {", ".join(self._maps)} that '
                                f'its card names, found {len(found)} outputs')
        return dict(zip(self._maps, found, strict=True))
