# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Other projects that take learned features as ONNX, and what a whole network needs for them."""
from __future__ import annotations

from dataclasses import dataclass

from residual_features_ros.errors import ConfigError


@dataclass(frozen=True)
class Loader:
    """What one project's loader gives a network.

    channels: 1 for grey images, 3 for RGB.
    multiple: of which the sides of its images are, because it pads them.
    """

    channels: int
    multiple: int


LOADERS = {
    'colmap': Loader(channels=3, multiple=32),  # src/colmap/feature/aliked.cc at 5d968cf
    'rtabmap': Loader(channels=1, multiple=1),  # corelib/src/python/PyDetector.cpp at 5fad2d2
}


def refuse(name: str, size: tuple[int, int], channels: int, bits: int) -> None:
    """Raise ConfigError where a whole network is of no use for a loader.

    Args:
        name: of the loader.
        size: (width, height) of the network's images.
        channels: of them.
        bits: of binary descriptors, 0 for those of floats.
    """
    loader = LOADERS[name]
    if bits:
        raise ConfigError(f'--for {name}: it reads descriptors of floats, and these are bits')
    if channels != loader.channels:
        remedy = 'add --grey' if loader.channels == 1 else 'leave out --grey'
        raise ConfigError(f'--for {name}: it gives {"grey" if loader.channels == 1 else "RGB"} '
                          f'images, {remedy}')
    if any(side % loader.multiple for side in size):
        padded = 'x'.join(str(side + -side % loader.multiple) for side in size)
        raise ConfigError(f'--for {name}: it pads images to multiples of {loader.multiple}, take '
                          f'--size {padded}')
