# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Text files that list images with their times: rgb.txt of TUM, data.csv of EuRoC."""
from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from residual_features_ros.datasets.text_files import is_comment, is_number, read_text
from residual_features_ros.datasets.time_units import read_times_of
from residual_features_ros.errors import DatasetError

ROW = re.compile(r'\s*"?([^\s,;"]+)"?\s*[\s,;]\s*(.*?)[\s,;]*')
Files = list[tuple[int, Path]]  # (stamp in ns, file)


def read_image_list(index: Path, folder: Path, usual: str) -> tuple[Files, list[str]]:
    """Return the images of rows "time file" in their order, and notes on what is odd.

    Spaces, tabs, commas or semicolons part the two; what stands behind the file, as in TUM's
    associations, is not read.

    Args:
        index: the text file.
        folder: that its names are relative to.
        usual: unit of the times by the format, of time_units.

    Raises:
        DatasetError: no such file, or no such row.
    """
    lines = [line for line in read_text(index).splitlines()
             if line.strip() and not is_comment(line)]
    rows = [match.groups() for line in lines if (match := ROW.fullmatch(line)) and match[2]
            and is_number(match[1])]
    if not rows:
        raise DatasetError(f'{index}: not rows of time and file')
    times = read_times_of([time for time, _ in rows], usual)
    images = [(stamp, locate(folder, name, index.stem))
              for stamp, (_, name) in zip(times.stamps_ns, rows, strict=True) if stamp is not None]
    # A title without a comment's sign is no row that was lost.
    title = not ROW.fullmatch(lines[0]) or not any(map(is_number, re.split(r'[\s,;]+', lines[0])))
    lost = len(lines) - len(images) - title
    notes = [f'{lost} rows of {index} are no time and file and were left out'] if lost else []
    if times.unit != usual:
        notes.append(f'{index}: its times are taken as {times.unit}')
    return images, notes


def locate(folder: Path, name: str, usual: str) -> Path:
    """Return the file that a list names, the name itself where none is found.

    Args:
        folder: of the list.
        name: relative, of Windows, or absolute on the computer where the list was made; words
            behind it are tolerated.
        usual: folder that the images of such a list lie in.
    """
    paths = list(_candidates(folder, name, usual))
    # os.path.isfile takes names that are too long or hold a zero for files that are not there.
    return next((path for path in paths if os.path.isfile(path)), paths[0])


def _candidates(folder: Path, name: str, usual: str) -> Iterator[Path]:
    first = re.split(r'[\s,;]', name, maxsplit=1)[0]
    yield folder / (name if os.path.isfile(folder / name) else first)
    for words in (name.strip('"\''), first):
        path = PureWindowsPath(words)  # takes / as well
        yield folder / words
        yield folder / Path(*path.parts[1:] if path.anchor else path.parts)
        yield folder / path.name
        yield folder / usual / path.name
