# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Vocabularies on disk, and the cards that say of which descriptors they are."""
from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.config import from_mapping
from residual_features_ros.errors import ConfigError, VocabularyError, unknown
from residual_features_ros.model_card import load_card
from residual_features_ros.registry import METHODS
from residual_features_ros.vocabulary.fbow import write_fbow
from residual_features_ros.vocabulary.text_format import (
    SUFFIXES,
    read_text_vocabulary,
    write_text_vocabulary,
)
from residual_features_ros.vocabulary.tree import Vocabulary

log = logging.getLogger(__name__)
SHIPPED_VOCABULARIES = Path(__file__).parents[1] / 'vocabularies'
FORMAT = 1
ARRAYS = ('branching', 'levels', 'parents', 'descriptors', 'weights')


@dataclass(frozen=True)
class VocabularyCard:
    """The JSON file beside a vocabulary.

    method: whose descriptors it is of.
    weights_sha256: of the networks that made these (ModelCard.sha256), None without networks.
    sha256: fingerprint of the vocabulary, in whatever format it is written.
    data, licence, training: what it was trained on, what that allows, and the command and facts.
    """

    method: str
    weights_sha256: str | None
    binary: bool
    branching: int
    levels: int
    words: int
    data: str
    licence: str
    training: dict[str, Any] = field(default_factory=dict)
    sha256: str = ''
    format: int = FORMAT


def weights_sha256(method: str, weights: Path | str = '') -> str | None:
    """Return the fingerprint of a method's networks, None where it has none.

    Raises:
        ConfigError: a method that does not exist.
        ModelCardError: see model_card.load_card.
    """
    if method not in METHODS:
        raise unknown('method', method, METHODS)
    return load_card(method, weights).sha256 if METHODS[method].network else None


def load_vocabulary(method: str, path: Path | str = '',
                    weights: Path | str = '') -> tuple[Vocabulary, VocabularyCard | None]:
    """Read a vocabulary and its card, and verify that it is of the method's descriptors.

    Args:
        method: the registry name.
        path: .npz, or DBoW2's .txt or .txt.gz, or a folder with <method>.npz; empty for the
            shipped one.
        weights: the folder of the method's networks, empty for the shipped ones.

    Returns:
        The vocabulary, and the card beside it; None, and a warning, where there is no card.

    Raises:
        VocabularyError: names the file, what was expected and what was found.
        ConfigError: a method that does not exist.
        ModelCardError: the method's weights are missing.
    """
    file = vocabulary_file(method, path)
    vocabulary, card = read_vocabulary(file), None
    if card_path(file).is_file():
        card = read_card(card_path(file))
        check_card(card, vocabulary, file, method)
        check_networks(file, method, weights_sha256(method, weights))
    else:
        log.warning('%s: no card %s beside it says of which descriptors the vocabulary is: it is '
                    'taken for one of %s', file, card_path(file).name, method)
    return vocabulary, card


def vocabulary_file(method: str, path: Path | str = '') -> Path:
    """Return the file of a vocabulary; see load_vocabulary for the arguments and the errors."""
    file = Path(path) if path else SHIPPED_VOCABULARIES
    if not path or file.is_dir():
        file = file / f'{method}.npz'
    if not file.is_file():
        raise VocabularyError(
            f'{file}: no such file; make a vocabulary with "python -m training vocabulary '
            f'--images DIR --method {method} --out FILE" and give its path')
    return file


def card_path(path: Path) -> Path:
    """Return where the card of a vocabulary's file is: name.json for name.npz or name.txt.gz."""
    return path.with_name(path.name.removesuffix('.gz')).with_suffix('.json')


def read_card(path: Path) -> VocabularyCard:
    """Read a card; VocabularyError names what is wrong with it."""
    try:
        card = from_mapping(VocabularyCard, json.loads(path.read_text(encoding='utf-8')))
    except (OSError, ValueError, TypeError, AttributeError, ConfigError) as error:
        raise VocabularyError(f"{path}: expected a vocabulary's card, found {error}") from error
    if card.format != FORMAT:
        raise VocabularyError(f'{path}: expected card format {FORMAT}, found {card.format}')
    return card


def fingerprint(vocabulary: Vocabulary) -> str:
    """Return one sha256 of all that a vocabulary is, in hexadecimal."""
    digest = hashlib.sha256(f'{vocabulary.branching} {vocabulary.levels}'.encode())
    for array in (vocabulary.parents, vocabulary.descriptors[1:], vocabulary.weights):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def check_card(card: VocabularyCard, vocabulary: Vocabulary, path: Path, method: str) -> None:
    """Raise VocabularyError unless a card is of the vocabulary of a file, and of a method."""
    if card.method != method:
        raise VocabularyError(f'{path}: expected a vocabulary of {method}, found one of '
                              f'{card.method}')
    if (found := fingerprint(vocabulary)) != card.sha256:
        raise VocabularyError(f'{path}: expected the vocabulary {card.sha256} as '
                              f'{card_path(path).name} says, found {found}')


def check_networks(path: Path, method: str, sha256: str | None) -> None:
    """Raise VocabularyError where the card beside a file names other networks.

    Args:
        path: of a vocabulary; one without a card is taken for one of any networks.
        method: the registry name.
        sha256: fingerprint of the networks, None for a method that has none.
    """
    if not card_path(path).is_file():
        return
    card = read_card(card_path(path))
    if sha256 != card.weights_sha256:
        raise VocabularyError(
            f'{path}: the vocabulary is of {method} with the networks {card.weights_sha256}, and '
            f'these are {sha256}: train it anew, or take the weights that it was made with')


def read_vocabulary(path: Path) -> Vocabulary:
    """Read an .npz, .txt or .txt.gz file; VocabularyError names what is wrong with it."""
    if path.name.endswith(SUFFIXES):
        return read_text_vocabulary(path)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            branching, levels, *rest = (arrays[name] for name in ARRAYS)
            return Vocabulary(int(branching), int(levels), *rest)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, EOFError,
            zipfile.BadZipFile) as error:
        raise VocabularyError(f'{path}: expected an .npz file of {", ".join(ARRAYS)}, found '
                              f'{error}') from error


def write_vocabulary(vocabulary: Vocabulary, path: Path) -> None:
    """Write a file by the end of its name, see WRITERS; VocabularyError for other ends."""
    writer = next((write for end, write in WRITERS.items() if path.name.endswith(end)), None)
    if writer is None:
        raise VocabularyError(f'{path}: the name of a vocabulary ends with {", ".join(WRITERS)}')
    writer(vocabulary, path)


def write_npz(vocabulary: Vocabulary, path: Path) -> None:
    """Write the format of this package."""
    np.savez_compressed(path, **{name: getattr(vocabulary, name) for name in ARRAYS})


WRITERS: dict[str, Callable[[Vocabulary, Path], None]] = {
    '.npz': write_npz,
    **dict.fromkeys(SUFFIXES, write_text_vocabulary),
    '.fbow': write_fbow,
}


def save_vocabulary(vocabulary: Vocabulary, path: Path, card: VocabularyCard) -> VocabularyCard:
    """Write a vocabulary, and beside it its card, which is returned with its fingerprint."""
    write_vocabulary(vocabulary, path)
    card = dataclasses.replace(card, sha256=fingerprint(vocabulary))
    card_path(path).write_text(json.dumps(dataclasses.asdict(card), indent=2) + '\n',
                               encoding='utf-8')
    return card
