# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The descriptors of many images in one file, which grows image by image and outlives a kill."""
from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

LEFT_OUT = -1  # the count of an image that was not read


class DescriptorStore:
    """Descriptors of the images 0, 1, ... on disk.

    rows.bin has the rows one after the other, counts.bin how many each image has, written after
    its rows: what rows.bin has beyond them is of an image that was cut off, and goes.
    """

    def __init__(self, folder: Path, origin: Mapping[str, Any], like: np.ndarray) -> None:
        """Open a folder, made where it is missing, and go on behind the images that it has.

        Args:
            folder: of this store alone.
            origin: all that decides the descriptors.
            like: (0, D) descriptors, whose width and type those of all images have.

        Raises:
            ValueError: the folder is of another origin.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.dtype, self.width = like.dtype, like.shape[1]
        self._rows, self._counts = folder / 'rows.bin', folder / 'counts.bin'
        self._check_origin(folder / 'origin.json', origin)
        for path in (self._rows, self._counts):
            path.touch()
        counts = np.fromfile(self._counts, np.int32)  # a count that is half there is left out
        ends = np.cumsum(np.maximum(counts, 0), dtype=np.int64) * self._bytes
        whole = int((ends <= self._rows.stat().st_size).sum())
        self.counts = counts[:whole].tolist()
        with self._counts.open('r+b') as file:
            file.truncate(whole * counts.itemsize)
        with self._rows.open('r+b') as file:
            file.truncate(ends[whole - 1] if whole else 0)

    @property
    def _bytes(self) -> int:
        return self.width * self.dtype.itemsize

    def _check_origin(self, path: Path, origin: Mapping[str, Any]) -> None:
        text = json.dumps(dict(origin), indent=1, sort_keys=True) + '\n'
        if not path.exists():
            path.write_text(text, encoding='utf-8')
        elif path.read_text(encoding='utf-8') != text:
            raise ValueError(f'{path.parent}: left by a run with other images or settings '
                             '(origin.json has them); remove the folder to begin anew')

    def __len__(self) -> int:
        """Return how many images there are, those left out among them."""
        return len(self.counts)

    def add(self, rows: np.ndarray | None) -> None:
        """Append the (N, D) descriptors of the next image; None for one that is left out."""
        if rows is not None and len(rows):
            with self._rows.open('ab') as file:
                file.write(np.ascontiguousarray(rows, self.dtype).tobytes())
        count = LEFT_OUT if rows is None else len(rows)
        with self._counts.open('ab') as file:
            file.write(np.int32(count).tobytes())
        self.counts.append(count)

    def rows(self) -> np.ndarray:
        """Return all descriptors (N, D), mapped from the file."""
        total = sum(count for count in self.counts if count > 0)
        if not total:
            return np.zeros((0, self.width), self.dtype)
        return np.memmap(self._rows, self.dtype, 'r', shape=(total, self.width))

    def images(self) -> list[slice]:
        """Return which rows are of each image that was not left out."""
        ends = np.cumsum(np.maximum(self.counts, 0), dtype=np.int64)
        return [slice(int(end - count), int(end))
                for count, end in zip(self.counts, ends, strict=True) if count >= 0]
