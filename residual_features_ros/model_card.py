# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The model card beside the network files: what they are, verified before they are used."""
from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from residual_features_ros.confidence import ConfidenceModel, read_model
from residual_features_ros.config import FREE, from_mapping, method_and_folder
from residual_features_ros.data_sources import DataSource, read_sources
from residual_features_ros.detection import DetectorCard
from residual_features_ros.errors import ConfigError, ModelCardError
from residual_features_ros.thresholds import MatchThresholds

SHIPPED_WEIGHTS = Path(__file__).parent / 'weights'
HANDCRAFTED_CONFIDENCE = 'confidence.json'  # of the methods without networks, beside the cards
THRESHOLDS = 'thresholds'  # a key of its blocks, and of cards
FORMAT = 1
PartT = TypeVar('PartT')


class NetworkFiles:
    """What names networks: the base of cards, which are dataclasses.

    files: name and sha256 by network.    folder: where they are, which is not written.
    """

    files: dict[str, dict[str, str]]
    folder: Path

    def path(self, network: str) -> Path:
        """Return the file of a network."""
        return self.folder / self.files[network]['name']

    def check_outputs(self, network: str, found: Iterable[str], *expected: str) -> None:
        """Raise ModelCardError where a network does not give what it should, in any order."""
        if set(found) != set(expected):
            raise ModelCardError(f'{self.path(network)}: expected the outputs '
                                 f'{", ".join(expected)}, found {", ".join(found)}')

    @property
    def sha256(self) -> str:
        """Return one fingerprint of all networks."""
        joined = ''.join(self.files[name]['sha256'] for name in sorted(self.files))
        return hashlib.sha256(joined.encode()).hexdigest()

    def write(self: Any, name: str) -> Path:
        """Write the card into its folder as the file `name` and return its path."""
        metadata = dataclasses.asdict(self)
        del metadata['folder']
        path: Path = self.folder / name
        path.write_text(json.dumps(metadata, indent=2) + '\n', encoding='utf-8')
        return path


@dataclass(frozen=True)
class ModelCard(NetworkFiles):
    """Metadata of the networks h, f, p and b of a method; the runtime reads them from here alone.

    h takes 'image' (B, channels, H, W) float32 RGB, or grey where channels is 1,
    = (pixel / 255 - mean) / std, H and W multiples of `stride`; where per_image is set, mean and
    standard deviation are those of the image. It gives 'dense' (B, dense_dim, H / stride,
    W / stride), or the maps that `detector` names where it finds the keypoints.
    f gives 'descriptors' (N, dim) and declares which of these it takes:
        sampled (N, dense_dim) h's map at the keypoints, by sampling.sample; without it `files`
            needs no h
        handcrafted (N, handcrafted_dim) g's descriptors, by types.float_rows
        windows (N, C, S, S) cut by windows.cut_windows; `windows` has the C (side, turned) of
            windows.Window, and S is `window_samples`
    p, which `files` need not have, takes windows (N, 1, S, S), upright, of `place_side` diameters
    and S = `place_samples`, and gives 'offsets' (N, 2) of keypoints in x and y, in diameters.
    b, which `files` need not have either, takes 'descriptors' (N, dim) of f, where it declares it
    also 'teblid' (N, 256), TEBLID's bits as types.float_rows, and gives 'signs' (N, bits), the
    signs of which are the binary digits of the descriptors that are published.
    At run time h sees images at 1 / shrink of their size unless the settings say otherwise.
    confidence says how likely matches of the descriptors are right, thresholds up to where they
    match; None where nobody fitted them. sources: whose photographs the networks were trained on,
    where all of them are named but the user's own.
    """

    format: int
    method: str
    handcrafted: str
    handcrafted_dim: int
    dim: int
    dense_dim: int
    stride: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    keypoint_budget: int
    files: dict[str, dict[str, str]]
    licence: str
    data: str
    sources: tuple[DataSource, ...] = ()
    windows: tuple[tuple[float, bool], ...] = ()
    window_samples: int = 0
    place_side: float = 0.0
    place_samples: int = 0
    bits: int = 0
    shrink: int = 1
    channels: int = 3
    per_image: bool = False
    detector: DetectorCard | None = None
    training: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)
    confidence: ConfidenceModel | None = None
    thresholds: MatchThresholds | None = None
    folder: Path = Path()


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_card(card: ModelCard) -> Path:
    """Write <folder>/<method>.json and return its path."""
    return card.write(f'{card.method}.json')


def weights_folder(folder: Path | str = '') -> Path:
    """Return the folder that weights lie in; empty for the shipped ones, and FREE."""
    if not folder:
        return SHIPPED_WEIGHTS
    return SHIPPED_WEIGHTS / FREE if folder == FREE else Path(folder)


def card_path(method: str, folder: Path | str = '') -> Path:
    """Return where the card of a method lies, or would lie; see weights_folder."""
    return weights_folder(folder) / f'{method}.json'


def load_card(method: str, folder: Path | str = '') -> ModelCard:
    """Read and verify the card of `method` and the networks it names.

    Args:
        method: the registry name.
        folder: where card and networks lie; empty for the shipped weights.

    Raises:
        ModelCardError: names the file, what was expected and what was found.
    """
    path = card_path(method, folder)
    card = _read_card(path, method)
    if card.method != method:
        raise ModelCardError(f'{path}: expected a card of {method}, found one of {card.method}')
    if card.format != FORMAT:
        raise ModelCardError(f'{path}: expected card format {FORMAT}, found {card.format}')
    for network in sorted({'f', *card.files}):
        verified(card, network, path)
    return card


def load_named_card(source: str) -> ModelCard:
    """Read and verify the card of METHOD or DIR/METHOD.json; see load_card for the errors."""
    return load_card(*method_and_folder(source))


def load_confidence(method: str, folder: Path | str = '') -> ConfidenceModel | None:
    """Return the confidence of a method without networks, None where nobody fitted it.

    Args:
        method: the registry name.
        folder: where HANDCRAFTED_CONFIDENCE lies; empty for the shipped one, which serves where
            the folder has none.

    Raises:
        ModelCardError: names the file and what is wrong with it.
    """
    def read(block: dict[str, Any]) -> ConfidenceModel | None:
        rest = {name: value for name, value in block.items() if name != THRESHOLDS}
        return read_model(rest) if rest or not block else None
    return _of_file(method, folder, read)


def load_thresholds(method: str, folder: Path | str = '') -> MatchThresholds | None:
    """Return the thresholds of a method without networks, which lie beside its confidence.

    See load_confidence for the arguments and the errors.
    """
    return _of_file(method, folder, lambda block: _read_thresholds(block.get(THRESHOLDS)))


def _of_file(method: str, folder: Path | str,
             read: Callable[[dict[str, Any]], PartT | None]) -> PartT | None:
    """Return what `read` makes of the block of a method, None where there is none."""
    given = weights_folder(folder) / HANDCRAFTED_CONFIDENCE
    path = given if given.is_file() else SHIPPED_WEIGHTS / HANDCRAFTED_CONFIDENCE
    if not path.is_file():
        return None
    try:
        blocks = json.loads(path.read_text(encoding='utf-8'))
        return read(blocks[method]) if method in blocks else None
    except (ValueError, TypeError, AttributeError, KeyError, ConfigError) as error:
        raise ModelCardError(f'{path}: expected confidences by method, found {error}') from error


def _read_thresholds(block: dict[str, Any] | None) -> MatchThresholds | None:
    return from_mapping(MatchThresholds, block) if block else None


def _read_card(path: Path, method: str) -> ModelCard:
    if not path.is_file():
        free, here = weights_folder(FREE), 'here'
        if path.parent == free:
            here += f', only for {", ".join(sorted(each.stem for each in free.glob("*.json")))}'
        raise ModelCardError(
            f'{path}: no such file; there are no weights for {method} {here}. Make them with '
            f'"python -m training train {method} data.images=DIR" and "python -m training '
            f'export CHECKPOINT", then point the setting weights at their folder')
    try:
        metadata = json.loads(path.read_text(encoding='utf-8'))
        if metadata.get('detector'):
            metadata['detector'] = from_mapping(DetectorCard, metadata['detector'])
        if metadata.get('confidence'):
            metadata['confidence'] = read_model(metadata['confidence'])
        metadata['sources'] = read_sources(metadata.get('sources', ()))
        metadata['thresholds'] = _read_thresholds(metadata.get('thresholds'))
        return from_mapping(ModelCard, {**metadata, 'folder': path.parent})
    except (ValueError, TypeError, AttributeError, KeyError, ConfigError) as error:
        raise ModelCardError(f'{path}: expected a model card, found {error}') from error


def verified(card: NetworkFiles, network: str, card_path: Path) -> Path:
    """Return the file of a card's network; ModelCardError unless it is what the card says."""
    try:
        path, expected = card.path(network), card.files[network]['sha256']
    except (KeyError, TypeError) as error:
        raise ModelCardError(f'{card_path}: expected name and sha256 of network '
                            f'{network}, found {card.files}') from error
    if not path.is_file():
        raise ModelCardError(f'{path}: expected network {network} of {card_path.name}, '
                            'found no such file')
    found = sha256_of(path)
    if found != expected:
        raise ModelCardError(f'{path}: expected sha256 {expected}, found {found}')
    return path
