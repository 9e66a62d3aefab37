# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which files are a bag: what was named, what metadata.yaml lists, and what lies in the folder."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from residual_features_ros.tools.bags import mcap_file, rosbag1_file, sqlite_file
from residual_features_ros.tools.bags.metadata import NAME, Metadata, read_metadata
from residual_features_ros.tools.bags.unpacked import SUFFIX as ZSTD

STORAGES = ('.db3', '.mcap')
ROSBAG1 = ('.bag', '.active')  # x.bag.active is what a recorder writes, or left when it was killed
MAGIC = {'sqlite3': sqlite_file.MAGIC, 'mcap': mcap_file.MAGIC, 'rosbag1': rosbag1_file.MAGIC}


@dataclass(frozen=True)
class BagPaths:
    """The files of a bag in the order of recording.

    counts: messages by topic that metadata.yaml promises.    missing: names that it lists.
    notes: sentences on how the files were chosen.
    """

    files: tuple[Path, ...]
    metadata: Metadata = field(default_factory=Metadata)
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def paths_of(path: Path) -> BagPaths:
    """Return the files of the bag that a path names: its folder, one of its files, or all of it.

    Raises:
        ReaderError: the bag is compressed in a way that is not read.
    """
    folder = path if path.is_dir() else path.parent
    if path.is_file() and path.name != NAME:
        metadata = read_metadata(folder) if is_storage(path) else Metadata()
        if path.name not in metadata.files:
            return BagPaths((path,))
    metadata, there = read_metadata(folder), storage_files(folder)
    if not metadata.files:
        return _unlisted(folder, there, metadata)
    listed = [folder / name for name in metadata.files]
    missing = tuple(file.name for file in listed if not file.exists())
    others = [file for file in there if file.name not in metadata.files]
    names, also = ', '.join(missing), ', '.join(file.name for file in others)
    if missing and len(others) == len(missing):  # renamed, or unpacked
        files = sorted([*(file for file in listed if file.exists()), *others], key=natural)
        return BagPaths(tuple(files), metadata, (), (
            *metadata.notes, f'{NAME} lists {names}; {also} is read in its place'))
    notes = [f'{names} is missing: what the other files have is read'] if missing else []
    if others:
        notes.append(f'{also} is not listed in {NAME} and not read')
    return BagPaths(tuple(file for file in listed if file.exists()), metadata, missing,
                    (*metadata.notes, *notes))


def _unlisted(folder: Path, there: list[Path], metadata: Metadata) -> BagPaths:
    """Return all files of a folder whose metadata.yaml lists none."""
    if not there:
        there = sorted(file for file in folder.iterdir() if file.suffix in ROSBAG1)[:1]
    notes = metadata.notes
    if len(there) > 1:
        notes += (f'no list of files: {len(there)} are read as one recording',)
    return BagPaths(tuple(there), metadata, (), notes)


def is_storage(path: Path) -> bool:
    """Return whether a file is one of a rosbag2 by its name."""
    name = path.name.removesuffix(ZSTD)
    return name.endswith(STORAGES) and not name.startswith('.')


def storage_files(folder: Path) -> list[Path]:
    """Return the files of a rosbag2 in the order of recording, of two forms the unpacked one."""
    found = {path for path in folder.iterdir() if is_storage(path) and path.is_file()}
    return sorted((path for path in found
                   if path.suffix != ZSTD or path.with_suffix('') not in found), key=natural)


def natural(path: Path) -> list[tuple[int, str]]:
    """Return what sorts ..._2 before ..._10."""
    return [(int(word), '') if word.isdecimal() else (-1, word)
            for word in re.split(r'(\d+)', path.name)]


def storage_of(path: Path) -> str:
    """Return 'sqlite3', 'mcap', 'rosbag1' or '', by a file's first bytes, else by its name."""
    with path.open('rb') as file:
        head = file.read(16)
    for storage, magic in MAGIC.items():
        if head.startswith(magic):
            return storage
    return {'.db3': 'sqlite3', '.mcap': 'mcap', '.bag': 'rosbag1', '.active': 'rosbag1'}.get(
        path.suffix, '')
