# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Trajectories on disk: TUM, KITTI and EuRoC text files."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from residual_features_ros.datasets.pose_columns import EUROC, KITTI, PoseColumns, find_columns
from residual_features_ros.datasets.text_files import NumberTable, read_table
from residual_features_ros.datasets.time_units import read_times_of
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.pose import pose_from, quaternion_of
from residual_features_ros.geometry.trajectory import Trajectory, in_order

NO_ROTATION = 0.1  # by which R R^T or a quaternion's length may be off: files round


@dataclass(frozen=True)
class TrajectoryFile:
    """What a file of poses holds.

    kind: of pose_columns: TUM, KITTI, whose times count from the first image, or EUROC, whose
        poses are those of the body.
    left_out: rows without a pose: no numbers, no rotation, or a time twice.
    first_ns: the time of its first row, also where that was left out.
    notes: sentences on what was not as the format has it.
    """

    trajectory: Trajectory
    kind: str
    left_out: int
    first_ns: int
    notes: tuple[str, ...] = ()

    @property
    def of_body(self) -> bool:
        """Tell whether the poses are those of a body that carries the camera."""
        return self.kind == EUROC


def read_trajectory(path: Path, times: Path | None = None) -> tuple[Trajectory, int]:
    """Return the poses of a file and how many rows were left out; see open_trajectory."""
    found = open_trajectory(path, times)
    return found.trajectory, found.left_out


def open_trajectory(path: Path, times: Path | None = None) -> TrajectoryFile:
    """Read a TUM, KITTI or EuRoC file, told by the names of its columns, else by their number.

    Args:
        path: rows "time_s tx ty tz qx qy qz qw" (TUM), the 12 numbers of [R | t] (KITTI), or
            "time_ns, px, py, pz, qw, qx, qy, qz, ..." (EuRoC).
        times: seconds of the rows of a KITTI file; default: times.txt beside it.

    Raises:
        DatasetError: no such file, other columns, no rotation, or no times.
    """
    table = read_table(path)
    try:
        columns = find_columns(table)
    except DatasetError as error:
        raise DatasetError(f'{path}: {error}') from error
    notes = [f'{path}: {columns.note}'] if columns.note else []
    if columns.kind == KITTI:
        times_of_rows, odd = _times_of_rows(path, times, table)
        stamps: list[int | None] = [times_of_rows[place] for place in table.places]
        first, poses = times_of_rows[0], _matrices(table)
    else:
        read = read_times_of([row[columns.time] for row in table.rows], columns.unit)
        stamps, poses = read.stamps_ns, _poses(table, columns)
        odd, first = _note(path, read.unit, columns.unit), stamps[0] or 0
    if not np.isfinite(poses).any():
        raise DatasetError(f'{path}: its columns hold no rotations')
    dated = [k for k, stamp in enumerate(stamps) if stamp is not None]
    trajectory, _ = in_order(np.array([stamps[k] for k in dated], np.int64), poses[dated])
    return TrajectoryFile(trajectory, columns.kind, table.count - len(trajectory), first,
                          (*notes, *odd))


def _poses(table: NumberTable, columns: PoseColumns) -> np.ndarray:
    """Return (N, 4, 4), NaN where a quaternion's length is far from that of most."""
    values = _floats(table)
    places, turns = values[:, columns.place], values[:, columns.turn]
    lengths = np.linalg.norm(turns, axis=1)
    usual = float(np.median(lengths))
    broken = np.abs(lengths - usual) > NO_ROTATION * usual  # a row that was cut off
    poses = np.array([pose_from(place, turn) for place, turn in zip(places, turns, strict=True)])
    poses[broken] = np.nan
    return poses


def _matrices(table: NumberTable) -> np.ndarray:
    """Return (N, 4, 4) of rows of 12 or 16 numbers, NaN where there is no rotation."""
    values = _floats(table)
    poses = np.tile(np.eye(4), (len(values), 1, 1))
    poses[:, :3] = values.reshape(len(values), -1, 4)[:, :3]
    turns = poses[:, :3, :3]
    off = np.abs(turns @ turns.transpose(0, 2, 1) - np.eye(3)).max((1, 2))
    poses[(off > NO_ROTATION) | (np.linalg.det(turns) < 0)] = np.nan
    return poses


def _floats(table: NumberTable) -> np.ndarray:
    return np.array([[float(word) for word in row] for row in table.rows])


def write_tum(path: Path, trajectory: Trajectory) -> None:
    """Write "time_s tx ty tz qx qy qz qw" per pose, as evo reads it."""
    lines = [' '.join([f'{stamp // 10**9}.{stamp % 10**9:09}',
                       *(f'{value:.9f}' for value in (*pose[:3, 3],
                                                      *quaternion_of(pose[:3, :3])))])
             for stamp, pose in zip(trajectory.stamps_ns.tolist(), trajectory.poses, strict=True)]
    path.write_text('\n'.join(['# time_s tx ty tz qx qy qz qw', *lines]) + '\n', encoding='utf-8')


def read_times(path: Path) -> tuple[list[int], list[str]]:
    """Return the nanoseconds of a file with a time in seconds per line (KITTI's times.txt), notes.

    Raises:
        DatasetError: no such file, or a line that is no time; none may be left out, since the
            lines are those of images.
    """
    table = read_table(path)
    if table.left_out or len(table.rows[0]) != 1:
        raise DatasetError(f'{path}: not a file of times in seconds, one in each line')
    read = read_times_of([row[0] for row in table.rows], 'seconds')
    stamps = [stamp for stamp in read.stamps_ns if stamp is not None]
    if len(stamps) != table.count:
        raise DatasetError(f'{path}: not a file of times in seconds, one is too large')
    return stamps, _note(path, read.unit, 'seconds')


def _note(path: Path, unit: str, usual: str) -> list[str]:
    return [f'{path}: its times are taken as {unit}: as {usual}, which such a file has, they make '
            'no sense'] if unit != usual else []


def _times_of_rows(path: Path, times: Path | None,
                   table: NumberTable) -> tuple[list[int], list[str]]:
    """Return the time of each row of the file, and notes."""
    times = times or path.parent / 'times.txt'
    if not times.is_file():
        raise DatasetError(f'{path} has no times (KITTI): name a file of seconds with '
                           '--groundtruth-times')
    stamps, notes = read_times(times)
    if len(stamps) != table.count:
        raise DatasetError(f'{times} has {len(stamps)} times, {path} {table.count} poses')
    return stamps, notes
