# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An HDF5 file of features that is whole whenever the run that adds to it is killed.

An HDF5 file cannot be read after its writer was killed. So each image goes to a small file of its
own in <file>.parts; when there are as many of them as images in the file, a copy of the file with
them added takes its place. What a run leaves in <file>.parts the next one takes over.
"""
from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import h5py

from residual_features_ros.datasets.hloc_files import DATASETS, copy_features, write_features
from residual_features_ros.errors import CommandError
from residual_features_ros.types import Features

log = logging.getLogger(__name__)
NAME = 'name'  # attribute of a part: its only group
SETTINGS, LOCK, PART, FRESH = 'settings.json', 'lock', '.h5', '.new'
UNNAMED = {'mask_sha256': 'none'}  # files of versions before masks name none
HDF5_ERRORS = (OSError, RuntimeError, KeyError, ValueError)  # h5py's, on damage and full disks


class FeatureFile:
    """What a run adds to, opened by open_feature_file.

    names: of the images that it has, also those not merged yet.
    taken_over: how many images an interrupted run had left beside the file.
    """

    def __init__(self, out: Path, parts: Path, metadata: Mapping[str, str],
                 there: set[str] | None) -> None:
        """Take over what an interrupted run left in `parts`.

        Args:
            out: the HDF5 file.
            parts: the folder of images that are not in it yet.
            metadata: that the file gets as attributes.
            there: images that the file has, None where it is to be made or replaced.
        """
        self.names = there or set()
        self._out, self._parts, self._metadata = out, parts, metadata
        self._replace, self._merged = there is None, len(self.names)
        self.taken_over = len(self._saved())
        if self.taken_over:
            self.merge()

    def add(self, name: str, features: Features, float32: bool) -> None:
        """Save the features of one image; CommandError where that cannot be written."""
        path = self._parts / (hashlib.sha256(name.encode()).hexdigest()[:32] + PART)
        fresh = path.with_suffix(FRESH)
        try:
            with h5py.File(fresh, 'w') as file:
                file.attrs[NAME] = name
                write_features(file, name, features, float32)
            os.replace(fresh, path)
        except HDF5_ERRORS as error:
            raise CommandError(f'{fresh}: cannot be written ({error})') from error
        self.names.add(name)
        if len(self.names) >= 2 * self._merged:  # so the copying doubles the writing, no more
            self.merge()

    def merge(self) -> None:
        """Let a copy of the file with all saved images in it take its place."""
        saved, fresh = self._saved(), self._parts / f'whole{FRESH}'
        if not saved:
            return
        try:
            if not self._replace:
                shutil.copy(self._out, fresh)
            with h5py.File(fresh, 'w' if self._replace else 'r+') as file:
                file.attrs.update(self._metadata)
                self.names.update(filter(None, (_copy_part(path, file) for path in saved)))
            with fresh.open('rb') as written:
                os.fsync(written.fileno())
            os.replace(fresh, self._out)
        except HDF5_ERRORS as error:
            raise CommandError(f'{self._out}: cannot be written ({error}); what was extracted is '
                               f'in {self._parts}, and the next run takes it over') from error
        self._replace, self._merged = False, len(self.names)
        for path in saved:
            path.unlink()

    def _saved(self) -> list[Path]:
        return sorted(self._parts.glob(f'*{PART}'))


@contextmanager
def open_feature_file(out: Path, metadata: Mapping[str, str],
                      overwrite: bool = False) -> Iterator[FeatureFile]:
    """Open a file to add features to; however the block ends, it holds all that were added.

    Args:
        out: the HDF5 file, made where there is none.
        metadata: what decides the numbers; features of other metadata are not mixed in.
        overwrite: begin anew: the first images that are added replace the file.

    Raises:
        CommandError: no HDF5 file, one of other metadata, or another run is adding to it.
    """
    out = out.resolve()  # a link stays one
    if out.is_dir() or (overwrite and out.exists() and not _is_ours(out)):
        raise CommandError(f'{out}: is no HDF5 file, and is not replaced; choose another --out')
    out.parent.mkdir(parents=True, exist_ok=True)
    parts = out.with_name(f'{out.name}.parts')
    parts.mkdir(exist_ok=True)
    with _locked(parts / LOCK, out), _cleared(parts):
        there = None if overwrite or not out.exists() else _read_names(out, metadata)
        _prepare(parts, metadata, overwrite)
        file = FeatureFile(out, parts, metadata, there)
        try:
            yield file
        finally:
            file.merge()


@contextmanager
def _cleared(parts: Path) -> Iterator[None]:
    """Remove the folder of parts at the end, unless images are left in it."""
    try:
        yield
    finally:
        if all(path.name in (LOCK, SETTINGS) or path.suffix == FRESH for path in parts.iterdir()):
            shutil.rmtree(parts)


def _is_ours(out: Path) -> bool:
    """Tell a file of features, or the rest of one, from what --overwrite must not replace."""
    return not out.stat().st_size or h5py.is_hdf5(out) or out.suffix in ('.h5', '.hdf5')


def _read_names(out: Path, wanted: Mapping[str, str]) -> set[str]:
    """Return the images that a file has, whole; CommandError where it is of other metadata."""
    found: Counter[str] = Counter()

    def count(name: str | bytes) -> None:  # bytes where another program wrote no UTF-8
        group, _, key = name.rpartition('/') if isinstance(name, str) else ('', '', '')
        found[group] += key in DATASETS
    try:
        with h5py.File(out, 'r') as file:
            metadata = {key: str(value) for key, value in file.attrs.items()}
            file.visit(count)
    except HDF5_ERRORS as error:
        raise CommandError(f'{out}: cannot be read as HDF5 ({error}); choose another --out, or '
                           '--overwrite where it is the rest of a run that was killed') from error
    if metadata or found:
        _compare(out, metadata, wanted)
    return {group for group, keys in found.items() if keys == len(DATASETS)}


def _compare(path: Path, found: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    for key, value in wanted.items():
        there = found.get(key, UNNAMED.get(key, 'unknown') if found else 'unknown')
        if there != value:
            raise CommandError(f'{path}: was made with {key} {there}, now asked for {value}; '
                               'choose another --out or --overwrite')


def _prepare(parts: Path, metadata: Mapping[str, str], overwrite: bool) -> None:
    """Make the folder of parts this run's: of its settings, and without rests."""
    settings, saved = parts / SETTINGS, list(parts.glob(f'*{PART}'))
    if saved and not overwrite:
        _compare(parts, _read_settings(settings), metadata)
    for path in [*parts.glob(f'*{FRESH}'), *(saved if overwrite else ())]:
        path.unlink()
    fresh = settings.with_suffix(FRESH)
    fresh.write_text(json.dumps(dict(metadata)), encoding='utf-8')
    os.replace(fresh, settings)


def _read_settings(path: Path) -> dict[str, str]:
    """Return the settings of the parts; {} where a power failure cut them off."""
    try:
        return dict(json.loads(path.read_text(encoding='utf-8')))
    except (OSError, ValueError, TypeError):
        return {}


def _copy_part(path: Path, target: h5py.File) -> str:
    """Add a part and return its name, '' where a power failure cut it off: it is made again."""
    try:
        with h5py.File(path, 'r') as part:
            name = str(part.attrs[NAME])
            copy_features(part, target, name)
    except HDF5_ERRORS as error:
        log.warning('%s: left out, it cannot be read (%s)', path, error)
        return ''
    return name


@contextmanager
def _locked(path: Path, out: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, however that ends."""
    with path.open('a') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CommandError(f'{out}: another run of extract is adding to it') from error
        yield
