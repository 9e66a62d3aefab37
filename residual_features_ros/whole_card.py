# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The card beside a whole front end in one network, which lies beside the card of its method."""
from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from residual_features_ros.config import from_mapping
from residual_features_ros.errors import ConfigError, ModelCardError
from residual_features_ros.model_card import NetworkFiles, verified

FORMAT = 1
NETWORK = 'whole'  # its key in WholeCard.files
OUTPUTS = ('keypoints', 'scores', 'sizes', 'angles', 'octaves', 'descriptors', 'count')


@dataclass(frozen=True)
class WholeCard(NetworkFiles):
    """Metadata of a network that finds and describes keypoints: image -> OUTPUTS.

    It takes 'image' (B, channels, height, width) uint8, grey or RGB, for any B, and gives, with
    N = `keypoints`, strongest first:
        keypoints (B, N, 2) float32 pixels x and y, as types.Features has them
        scores (B, N), sizes (B, N) diameters in pixels, angles (B, N) degrees, float32; the angle
            is -1 where there is none
        octaves (B, N) int32
        descriptors (B, N, dim) float32 unit rows, or (B, N, bits / 8) uint8 where bits is not 0
        count (B,) int32: how many of the N there are; the other rows are 0.
    settings: those of ExtractorConfig that it was made with and that are fixed in it.
    networks: ModelCard.sha256 of the networks in it.
    """

    format: int
    method: str
    width: int
    height: int
    keypoints: int
    channels: int
    dim: int
    bits: int
    settings: dict[str, Any]
    networks: str
    licence: str
    data: str
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)
    folder: Path = Path()

    @property
    def name(self) -> str:
        """Return the name of its files without their endings."""
        colour = 'rgb' if self.channels == 3 else 'grey'
        return f'{self.method}.whole.{self.width}x{self.height}.{self.keypoints}.{colour}'


def export_command(method: str, size: tuple[int, int], keypoints: int, channels: int = 3,
                   settings: Mapping[str, Any] = MappingProxyType({})) -> str:
    """Return the command that writes a whole network.

    Args:
        method: the registry name.
        size: (width, height) of the images that it takes.
        keypoints: most of an image.
        channels: 1 for grey images, 3 for RGB.
        settings: those that are fixed in it and are not ExtractorConfig's defaults.
    """
    return (f'python -m training export --whole {method} --size {size[0]}x{size[1]} '
            f'--keypoints {keypoints}{" --grey" if channels == 1 else ""}'
            + ''.join(f' --set {name}={value}' for name, value in settings.items()))


def write_whole_card(card: WholeCard) -> Path:
    """Write <name>.json and return its path."""
    return card.write(f'{card.name}.json')


def load_whole_cards(method: str, folder: Path) -> list[WholeCard]:
    """Read and verify the cards of all whole networks of a method that lie in a folder.

    Raises:
        ModelCardError: names the file, what was expected and what was found.
    """
    return [_read(path, method) for path in sorted(folder.glob(f'{method}.whole.*.json'))]


def _read(path: Path, method: str) -> WholeCard:
    try:
        metadata = json.loads(path.read_text(encoding='utf-8'))
        card = from_mapping(WholeCard, {**metadata, 'folder': path.parent})
    except (ValueError, TypeError, AttributeError, ConfigError) as error:
        raise ModelCardError(f'{path}: expected the card of a whole network, found '
                             f'{error}') from error
    if (card.format, card.method) != (FORMAT, method):
        raise ModelCardError(f'{path}: expected format {FORMAT} and method {method}, found '
                             f'{card.format} and {card.method}')
    verified(card, NETWORK, path)
    return card
