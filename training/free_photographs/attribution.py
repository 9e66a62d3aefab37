# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whose photographs they are: for the card of weights, and as a table for people."""
from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from residual_features_ros.data_sources import DataSource
from residual_features_ros.errors import DatasetError
from training.free_photographs.catalogue import Photograph, Source

HEAD = ('source', 'version', 'photographs', 'licence', 'attribution')


def by_licence(sources: Iterable[Source]) -> tuple[DataSource, ...]:
    """Return what a card says: a source for each package and licence, sorted."""
    groups: dict[tuple[str, str, str], list[Photograph]] = {}
    for source in sources:
        for photograph in source.photographs:
            name = f'{source.registry} package {source.package}'
            groups.setdefault((name, source.version, photograph.licence), []).append(photograph)
    return tuple(
        DataSource(name, version, licence,
                   ', '.join(sorted({photograph.author for photograph in taken})), len(taken))
        for (name, version, licence), taken in sorted(groups.items()))


def read_manifest(path: Path) -> tuple[DataSource, ...]:
    """Return the sources of the stills that the manifest of stills.write_stills lists.

    Raises:
        DatasetError: not such a manifest.
    """
    try:
        entries = json.loads(path.read_text('utf-8'))
        return by_licence(
            Source(entry['package'], entry['registry'], entry['version'],
                   (Photograph(entry['file'], entry['licence'], entry['author']),))
            for entry in entries)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DatasetError(f'{path}: expected the licences.json of free-photographs, found '
                           f'{error!r}') from error


def table(sources: Iterable[DataSource]) -> str:
    """Return a Markdown table of a card's sources."""
    rows = [HEAD, ('---',) * len(HEAD),
            *((source.source, source.version, str(source.photographs), source.licence,
               source.attribution.replace('|', '/')) for source in sources)]
    return ''.join(f'| {" | ".join(row)} |\n' for row in rows)
