# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whose photographs weights were trained on, as their card says."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from residual_features_ros.config import from_mapping
from residual_features_ros.errors import ConfigError


@dataclass(frozen=True)
class DataSource:
    """Photographs of one source under one licence.

    source: where anyone gets them, such as 'Debian package NAME'.    version: of that.
    attribution: the authors.    photographs: how many.
    """

    source: str
    version: str
    licence: str
    attribution: str
    photographs: int


def read_sources(blocks: Iterable[Mapping[str, Any]]) -> tuple[DataSource, ...]:
    """Return the sources of a card's blocks; ConfigError where one leaves something unsaid."""
    sources = tuple(from_mapping(DataSource, block) for block in blocks)
    for source in sources:
        words = (source.source, source.version, source.licence, source.attribution)
        if not all(isinstance(word, str) and word for word in words):
            raise ConfigError(f'a source needs name, version, licence and attribution: {words}')
        if not isinstance(source.photographs, int) or source.photographs < 1:
            raise ConfigError(f'{source.source}: {source.photographs} photographs')
    return sources
