# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Trajectories on disk: TUM, KITTI and EuRoC text files."""
from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np

from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.pose import pose_from, quaternion_of
from residual_features_ros.geometry.trajectory import Trajectory, in_order


def read_trajectory(path: Path, times: Path | None = None) -> tuple[Trajectory, int]:
    """Read a TUM, KITTI or EuRoC file, told by its columns.

    Args:
        path: rows "time_s tx ty tz qx qy qz qw" (TUM), the 12 numbers of [R | t] (KITTI), or
            "time_ns, px, py, pz, qw, qx, qy, qz, ..." (EuRoC).
        times: seconds of the rows of a KITTI file; default: times.txt beside it.

    Returns:
        the trajectory, and how many of its rows were left out: no numbers, or a time twice.

    Raises:
        DatasetError: no such file, other columns, or no times.
    """
    rows, bad, comma = _rows(path)
    if not rows:
        raise DatasetError(f'{path}: no row of numbers in it')
    columns = len(rows[0])
    if columns == 12:
        stamps = _times(path, times, len(rows))
        poses = [np.vstack([np.reshape(row, (3, 4)), [0, 0, 0, 1]]) for row in _floats(rows)]
    elif columns == 8 and not comma:
        stamps = [_nanoseconds(row[0]) for row in rows]
        poses = [pose_from(row[1:4], row[4:]) for row in _floats(rows)]
    elif columns >= 8 and comma:  # EuRoC
        stamps = [int(row[0]) for row in rows]
        poses = [pose_from(row[1:4], row[[5, 6, 7, 4]]) for row in _floats(rows)]
    else:
        raise DatasetError(f'{path}: {columns} columns; a TUM file has 8, a KITTI file 12')
    trajectory, left_out = in_order(np.array(stamps), np.array(poses))
    return trajectory, left_out + bad


def write_tum(path: Path, trajectory: Trajectory) -> None:
    """Write "time_s tx ty tz qx qy qz qw" per pose, as evo reads it."""
    lines = [' '.join([f'{stamp // 10**9}.{stamp % 10**9:09}',
                       *(f'{value:.9f}' for value in (*pose[:3, 3],
                                                      *quaternion_of(pose[:3, :3])))])
             for stamp, pose in zip(trajectory.stamps_ns.tolist(), trajectory.poses, strict=True)]
    path.write_text('\n'.join(['# time_s tx ty tz qx qy qz qw', *lines]) + '\n', encoding='utf-8')


def read_times(path: Path) -> list[int]:
    """Return the nanoseconds of a file with a time in seconds per line (KITTI's times.txt)."""
    try:
        return [_nanoseconds(line.strip()) for line in path.read_text().splitlines()
                if line.strip()]
    except (ValueError, OSError) as error:
        raise DatasetError(f'{path}: not a file of times in seconds ({error})') from error


def _rows(path: Path) -> tuple[list[list[str]], int, bool]:
    """Return the words of each row, how many have none or other columns, and whether of a CSV."""
    try:
        text = path.read_text(encoding='utf-8')
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f'{path}: cannot be read as text ({error})') from error
    lines = [line.replace(',', ' ').split() for line in text.splitlines()
             if line.strip() and not line.lstrip().startswith('#')]
    good = [words for words in lines if len(words) == len(lines[0]) and all(map(_number, words))]
    return good, len(lines) - len(good), ',' in text.partition('\n')[2]


def _number(word: str) -> bool:
    try:
        return bool(np.isfinite(float(word)))
    except ValueError:
        return False


def _floats(rows: list[list[str]]) -> np.ndarray:
    return np.array([[float(word) for word in row] for row in rows])


def _nanoseconds(word: str) -> int:
    """Return seconds as nanoseconds: as a float they would lose some hundred."""
    try:
        return round(Decimal(word) * 10**9)
    except InvalidOperation as error:
        raise ValueError(f'{word!r} is no time') from error


def _times(path: Path, times: Path | None, rows: int) -> list[int]:
    times = times or path.parent / 'times.txt'
    if not times.is_file():
        raise DatasetError(f'{path} has no times (KITTI): name a file of seconds with '
                           '--groundtruth-times')
    stamps = read_times(times)
    if len(stamps) != rows:
        raise DatasetError(f'{times} has {len(stamps)} times, {path} {rows} poses')
    return stamps
