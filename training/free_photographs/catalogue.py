# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""catalogue.json: which photographs of which packages are taken, under what licence, by whom."""
from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from residual_features_ros.config import from_mapping
from residual_features_ros.errors import ConfigError, DatasetError

CATALOGUE = Path(__file__).parent / 'catalogue.json'
# Those that let anyone train a network on a photograph and sell what comes of it.
FREE_LICENCES = ('BSD-3-Clause', 'CC-BY-2.0', 'CC-BY-3.0', 'CC-BY-4.0', 'CC-BY-SA-3.0',
                 'CC-BY-SA-4.0', 'CC0-1.0', 'public domain')


@dataclass(frozen=True)
class Photograph:
    """A file in a package.

    file: its path there; 'a.rcc:b' is b within the Qt resource file a. licence: of FREE_LICENCES.
    link: where its author shows it, '' where the package does not say.
    """

    file: str
    licence: str
    author: str
    link: str = ''


@dataclass(frozen=True)
class Source:
    """A package, the registry that has it, the version that was read, and what is taken of it."""

    package: str
    registry: str
    version: str
    photographs: tuple[Photograph, ...]


def read_catalogue(path: Path = CATALOGUE) -> tuple[Source, ...]:
    """Return the sources in their order.

    Raises:
        DatasetError: not a catalogue, or a photograph without author or under another licence.
    """
    try:
        sources = tuple(_source(block) for block in json.loads(path.read_text('utf-8'))['sources'])
    except (OSError, ValueError, TypeError, KeyError, ConfigError) as error:
        raise DatasetError(f'{path}: expected a catalogue, found {error}') from error
    for source in sources:
        for photograph in source.photographs:
            if photograph.licence not in FREE_LICENCES:
                raise DatasetError(f'{path}: {photograph.file} is under {photograph.licence!r}; '
                                   f'free are {", ".join(FREE_LICENCES)}')
            if not photograph.author:
                raise DatasetError(f'{path}: {photograph.file} names no author')
    return sources


def _source(block: dict[str, Any]) -> Source:
    taken = tuple(from_mapping(Photograph, photograph) for photograph in block['photographs'])
    return from_mapping(Source, {**block, 'photographs': taken})
