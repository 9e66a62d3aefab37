# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Files out of a Qt resource file (.rcc): a header, a tree of nodes, names, and data."""
from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from residual_features_ros.errors import DatasetError

MAGIC = b'qres'
COMPRESSED, DIRECTORY, ZSTD = 1, 2, 4  # flags of a node


def read_resource(path: Path, name: str) -> bytes:
    """Return the content of the file `name`, a path, within the resource file `path`.

    Raises:
        DatasetError: not such a file, nothing of that name in it, or a compression other than
            zlib.
    """
    content = path.read_bytes()
    try:
        for found, flags, place in _walk(content):
            if found == name:
                return _content(path, name, content, flags, place)
    except (struct.error, IndexError, UnicodeDecodeError, zlib.error) as error:
        raise DatasetError(f'{path}: not a Qt resource file ({error})') from error
    raise DatasetError(f'{path}: no {name} in it')


def _content(path: Path, name: str, content: bytes, flags: int, place: int) -> bytes:
    if flags & ZSTD:
        raise DatasetError(f'{path}: {name} is compressed with zstd, which is not read here')
    size, = struct.unpack_from('>I', content, place)
    stored = content[place + 4:place + 4 + size]
    return zlib.decompress(stored[4:]) if flags & COMPRESSED else stored


def _walk(content: bytes) -> Iterator[tuple[str, int, int]]:
    """Yield path, flags and place in `content` of each file."""
    if content[:4] != MAGIC:
        raise IndexError(f'begins with {content[:4]!r}')
    version, tree, data, names = struct.unpack_from('>4I', content, 4)
    node_size = 22 if version >= 2 else 14
    waiting = [(0, '')]
    while waiting:
        number, folder = waiting.pop()
        node = tree + number * node_size
        name_at, flags = struct.unpack_from('>IH', content, node)
        path = f'{folder}/{_name(content, names + name_at)}' if number else ''
        if flags & DIRECTORY:
            children, first = struct.unpack_from('>II', content, node + 6)
            waiting += [(first + child, path) for child in range(children)]
        else:
            place, = struct.unpack_from('>I', content, node + 10)
            yield path.lstrip('/'), flags, data + place


def _name(content: bytes, place: int) -> str:
    length, = struct.unpack_from('>H', content, place)
    return content[place + 6:place + 6 + 2 * length].decode('utf-16-be')
