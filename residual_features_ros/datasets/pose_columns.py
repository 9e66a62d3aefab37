# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which columns of a file of poses hold what, told by their names, else by how many there are."""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from residual_features_ros.datasets.text_files import COMMENTS, NumberTable
from residual_features_ros.datasets.time_units import unit_of
from residual_features_ros.errors import DatasetError

TUM, KITTI, EUROC = 'TUM', 'KITTI', 'EuRoC'
FULL = 17  # columns of a EuRoC file: pose, velocity and the IMU's biases
UNIT = re.compile(r'\s*[\[(][^\])]*[\])]')  # ' [m]' behind a column's name
PLACE = re.compile(r'(?:(?:.*[._])?(?:t|p|pos|position|trans|translation)(?:_rs_r)?[._]?)?([xyz])')
TURN = re.compile(
    r'(?:.*[._])?(?:q|quat|quaternion|orientation|rot|rotation)(?:_rs)?[._]?([xyzw])')
TIME = re.compile(r'\b(?:t|time|times|stamp|timestamp|timestamps)[\s_]*[\[(_][\s_]*([a-zµ]+)')
STAMP = re.compile(r'(?:.*[._ ])?(?:t|times?|stamps?|timestamps?)(?:_[nuµm]?s(?:ec)?)?')
REST_OF_STAMP = re.compile(r'(?:.*[._ ])?n(?:ano)?sec(?:s|onds)?')
UNITS = {'s': 'seconds', 'm': 'milliseconds', 'u': 'microseconds', 'µ': 'microseconds',
         'n': 'nanoseconds'}
UNIT_NAME = re.compile(r'(?:[nuµm]|nano|micro|milli)?(?:s|sec|secs|second|seconds)')


@dataclass(frozen=True)
class PoseColumns:
    """How the rows of a file are read.

    kind: TUM, KITTI or EUROC; poses of EUROC are those of the body.
    place: columns of x y z, turn: of the quaternion x y z w; () where a row is a matrix.
    time: column of the times.
    unit: that the times have by the header, else by the format.
    note: a sentence where this is a guess, else ''.
    """

    kind: str
    place: tuple[int, ...]
    turn: tuple[int, ...]
    unit: str
    note: str = ''
    time: int = 0


def find_columns(table: NumberTable) -> PoseColumns:
    """Return how a table's rows are read; DatasetError for columns that are none of a format."""
    count = len(table.rows[0])
    named = columns_by_name(table.header, count)
    if named is not None:
        time, place, turn = named
        kind = EUROC if turn[3] < turn[0] else TUM
        return PoseColumns(kind, place, turn, time_unit(table.header) or _unit(kind), time=time)
    if count in (12, 16):
        return PoseColumns(KITTI, (), (), 'seconds')
    if count == 8 and (not table.csv or _in_seconds(table)):
        return _usual(TUM, table)
    if count == FULL or (table.csv and count >= 8):
        note = 'no header names the columns: they are taken as those of EuRoC, qw before qx qy ' \
            'qz' if count == 8 else ''
        return _usual(EUROC, table, note)
    raise DatasetError(f'{count} columns; a TUM file has 8, a KITTI file 12, a EuRoC file 17')


def _usual(kind: str, table: NumberTable, note: str = '') -> PoseColumns:
    turn = (5, 6, 7, 4) if kind == EUROC else (4, 5, 6, 7)
    return PoseColumns(kind, (1, 2, 3), turn, time_unit(table.header) or _unit(kind), note)


def _unit(kind: str) -> str:
    return 'nanoseconds' if kind == EUROC else 'seconds'


def _in_seconds(table: NumberTable) -> bool:
    return unit_of([float(row[0]) for row in table.rows],
                   time_unit(table.header) or 'seconds') == 'seconds'


def columns_by_name(header: Sequence[str],
                    count: int) -> tuple[int, tuple[int, ...], tuple[int, ...]] | None:
    """Return the columns of time, of x y z and of the quaternion x y z w, None where not named.

    Args:
        header: lines before the first row, comments among them.
        count: columns of the rows.

    Raises:
        DatasetError: a line names them, and others in number than the rows have, or two of time.
    """
    for line in reversed(header):
        names = _names(line)
        place, turn = _places(PLACE, names, 'xyz'), _places(TURN, names, 'xyzw')
        if not place or not turn:
            continue
        if any(map(REST_OF_STAMP.fullmatch, names[1:])):
            raise DatasetError('times are in two columns, seconds and nanoseconds: join them')
        if len(names) == count or (len(names), count) == (8, FULL):  # of EuRoC's the poses alone
            times = (k for k, name in enumerate(names) if STAMP.fullmatch(name))
            return next(times, 0), place, turn
        if len(names) == count + 1 and min(place + turn) == 2:  # "time stamp tx ty ..."
            return 0, tuple(k - 1 for k in place), tuple(k - 1 for k in turn)
        raise DatasetError(f'{count} columns, and a header that names {len(names)}')
    return None


def _names(line: str) -> list[str]:
    for sign in COMMENTS:
        line = line.strip().removeprefix(sign)
    line = UNIT.sub('', line.lower()).strip().strip(',;')
    return [name.strip(' "\'') for name in
            (re.split('[,;]', line) if re.search('[,;]', line) else line.split())]


def _places(pattern: re.Pattern[str], names: Sequence[str], axes: str) -> tuple[int, ...]:
    """Return the column of each axis, the first of that name; () where one is missing."""
    found: dict[str, int] = {}
    for place, name in enumerate(names):
        match = pattern.fullmatch(name)
        if match:
            found.setdefault(match[1], place)
    return tuple(found[axis] for axis in axes) if found.keys() >= set(axes) else ()


def time_unit(header: Sequence[str]) -> str:
    """Return the unit of the times that a header names, such as "time [ns]" or "time_s", or ''."""
    for line in reversed(header):
        match = TIME.search(line.lower())
        if match and UNIT_NAME.fullmatch(match[1]):
            word = match[1]
            return UNITS['u' if word.startswith('micro') else word[0]]
    return ''
