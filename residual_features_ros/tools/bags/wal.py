# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A database of SQLite with what lies in its -wal file, read without changing either.

SQLite itself would write: an index beside them, and with a lock the -wal file into the database.
A recorder that was killed leaves its last messages there, at worst all of them.
"""
from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import apsw

FRAME = struct.Struct('>IIII')  # page number, pages after a commit or 0, two salts
HEADER, FRAME_SIZE = 32, 24  # bytes
MAGIC = (0x377f0682, 0x377f0683)
JOURNAL = slice(18, 20)  # of the database: how it is written and read, 1 = without a -wal file


def wal_of(path: Path) -> Path | None:
    """Return the -wal file beside a database, None where there is none or an empty one."""
    wal = path.with_name(f'{path.name}-wal')
    return wal if wal.is_file() and wal.stat().st_size > HEADER else None


def connect(path: Path, wal: Path) -> apsw.Connection:
    """Open a database with the whole transactions of its -wal file.

    Raises:
        ValueError: the -wal file is of no database.
    """
    merged = _Merged(path, wal)
    return apsw.Connection(str(path), vfs=merged.name, flags=apsw.SQLITE_OPEN_READONLY)


def committed_pages(wal: Path) -> tuple[int, int, dict[int, int]]:
    """Return bytes of a page, pages of the database, and where the newer ones are in the file.

    What was not committed does not count, nor what is left of the transactions before.
    """
    with wal.open('rb') as file:
        head = file.read(HEADER)
        magic, _, size, _, *salts = struct.unpack('>IIIIII', head[:24])
        if magic not in MAGIC or size < 512 or size & (size - 1):
            raise ValueError(f'{wal.name}: not a -wal file of SQLite')
        pages: dict[int, int] = {}
        waiting: dict[int, int] = {}
        total = 0
        at, end = HEADER, os.fstat(file.fileno()).st_size
        while at + FRAME_SIZE + size <= end:
            file.seek(at)
            page, commit, *own = FRAME.unpack(file.read(FRAME.size))
            if own != salts:
                break
            waiting[page] = at + FRAME_SIZE
            if commit:
                pages.update(waiting)
                waiting, total = {}, commit
            at += FRAME_SIZE + size
    return size, total, pages


class _Merged(apsw.VFS):
    """Opens the database alone, for reading alone."""

    def __init__(self, path: Path, wal: Path) -> None:
        self.name = f'merged_{id(self)}'
        self._files = path, wal, committed_pages(wal)
        super().__init__(self.name, '')

    def xAccess(self, pathname: str, flags: int) -> bool:
        """Tell that there is no journal and no -wal file."""
        return False

    def xDelete(self, filename: str, syncdir: bool) -> None:
        """Delete nothing."""

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        """Open the database, or a temporary file of SQLite's own."""
        if flags[0] & apsw.SQLITE_OPEN_MAIN_DB:
            flags[1] = apsw.SQLITE_OPEN_READONLY
            return _MergedFile(*self._files)
        return super().xOpen(name, flags)


class _MergedFile(apsw.VFSFile):
    """Pages of the database, newer ones from the -wal file."""

    def __init__(self, path: Path, wal: Path, newer: tuple[int, int, dict[int, int]]) -> None:
        self._database, self._wal = path.open('rb'), wal.open('rb')
        self._size, self._total, self._newer = newer

    def xRead(self, amount: int, offset: int) -> bytes:
        """Return bytes; SQLite asks for a page, or for a part of the first."""
        number, within = divmod(offset, self._size)
        file, at = self._database, offset
        if number + 1 in self._newer:
            file, at = self._wal, self._newer[number + 1] + within
        file.seek(at)
        content = file.read(amount)
        if offset > JOURNAL.start or len(content) < JOURNAL.stop:
            return content
        return content[:JOURNAL.start] + b'\1\1' + content[JOURNAL.stop:]

    def xFileSize(self) -> int:
        """Return the size after the last transaction."""
        return self._total * self._size or os.fstat(self._database.fileno()).st_size

    def xClose(self) -> None:
        """Close both."""
        self._database.close()
        self._wal.close()

    def xLock(self, level: int) -> None:
        """Lock nothing: it is read alone."""

    def xUnlock(self, level: int) -> None:
        """Unlock nothing."""

    def xCheckReservedLock(self) -> bool:
        """Tell that nobody writes."""
        return False

    def xFileControl(self, op: int, ptr: int) -> bool:
        """Know no further operation."""
        return False

    def xSectorSize(self) -> int:
        """Leave it to SQLite."""
        return 0

    def xDeviceCharacteristics(self) -> int:
        """Claim nothing."""
        return 0
