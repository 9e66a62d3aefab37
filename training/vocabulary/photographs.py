# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The photographs of several folders and packs, one after the other."""
from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from residual_features_ros.datasets.readable_images import REFUSALS
from training.config import DataConfig
from training.data.sources.images import ImageSource, is_label_map, split
from training.data.sources.packed import open_images

log = logging.getLogger(__name__)


class Photographs:
    """The photographs of folders or packs that training does not hold out, or all of them."""

    def __init__(self, images: Sequence[Path], held_out: bool) -> None:
        """List them; ValueError where a folder or pack has none."""
        sources = [open_images(path, (1, 1)) for path in images]
        if not held_out:
            sources = [split(source, DataConfig.validation_share)[0] for source in sources]
        self._places: list[tuple[ImageSource, str]] = [
            (source, name) for source in sources for name in source.names]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._places)

    @property
    def fingerprint(self) -> str:
        """Return one word for all their names, in their order."""
        names = '\n'.join(name for _, name in self._places)
        return hashlib.sha256(names.encode(errors='surrogateescape')).hexdigest()

    def read_from(self, number: int) -> Iterator[np.ndarray | None]:
        """Yield the images (H, W, 3) BGR uint8 from `number` on.

        None stands for a label map, and for an image that cannot be read, with a warning.
        """
        for source, name in self._places[number:]:
            try:
                image = source.read(name)
            except REFUSALS as error:
                log.warning('left out: %s', error)
                yield None
            else:
                yield None if is_label_map(image) else image
