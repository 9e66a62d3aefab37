# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Ground truth that is a file: whose poses it has, and from when its times count."""
from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np

from residual_features_ros.datasets.pose_columns import KITTI
from residual_features_ros.datasets.stamps import FIRST_NS
from residual_features_ros.datasets.trajectory_files import TrajectoryFile, open_trajectory
from residual_features_ros.errors import CommandError, ConversionError, TruncatedError
from residual_features_ros.geometry.trajectory import Trajectory, nearest_in_time
from residual_features_ros.tools.bags.rosbag import ImageBag, stamp_ns

LOOKED_AT = 10  # images
SAME_NS = 1000  # files have times to the microsecond


def read_truth(path: Path, times: Path | None, bag: ImageBag, in_camera: bool,
               notes: list[str]) -> tuple[Trajectory, int]:
    """Return the poses of a file in the time of the bag, and how many rows were left out.

    Args:
        path: TUM, KITTI or EuRoC file.
        times: seconds of the rows of a KITTI file, None = times.txt beside it.
        bag: whose images it is for.
        in_camera: whether it is known where the camera is in the body of the poses.
        notes: gets sentences on what was assumed.

    Raises:
        DatasetError: no such file, or one of another form.
    """
    found = open_trajectory(path, times)
    notes += found.notes
    if found.of_body and not in_camera:
        notes.append(f'{path}: EuRoC gives poses of the body, and without --camera-in-body they '
                     'are taken as those of the camera: directions and ATE are those of the body')
    return in_time_of(first_stamps(bag), found, path, notes), found.left_out


def first_stamps(bag: ImageBag) -> list[int]:
    """Return the stamps (ns) of the first images that can be read."""
    stamps: list[int] = []
    with contextlib.suppress(CommandError, ConversionError, TruncatedError):
        stamps += (stamp_ns(message) for _, message in bag.messages(LOOKED_AT))
    return sorted(stamps)


def in_time_of(stamps: list[int], file: TrajectoryFile, path: Path,
               notes: list[str]) -> Trajectory:
    """Return the poses of a file, a second later where the images are so.

    make-bag adds that second to times that begin at 0, since 0 means "no stamp" in ROS.

    Args:
        stamps: ns of the first images, sorted.
        file: the poses.
        path: of the file.
        notes: gets a sentence where a second is added, or where the times do not fit.
    """
    truth = file.trajectory
    if not stamps or not len(truth):
        return truth
    as_they_are = _agree(truth, stamps)
    later = _agree(truth, [stamp - FIRST_NS for stamp in stamps])
    begins = file.kind == KITTI and abs(stamps[0] - FIRST_NS - file.first_ns) <= SAME_NS
    if begins or (later and not as_they_are):
        notes.append(f'{path}: a second is added to its times, as make-bag adds it to those of '
                     'the images')
        return Trajectory(truth.stamps_ns + FIRST_NS, truth.poses)
    if later and file.first_ns == 0:
        notes.append(f'{path}: its times may be a second behind those of the bag, which are as '
                     'make-bag has them where images begin at 0')
    elif file.kind == KITTI and abs(stamps[0] - file.first_ns) > SAME_NS:
        notes.append(f'{path}: times of KITTI count from its first image, here from '
                     f'{file.first_ns / 1e9:g} s, and the bag begins at {stamps[0] / 1e9:.9g} s')
    elif not truth.stamps_ns[0] - FIRST_NS <= stamps[0] <= truth.stamps_ns[-1] + FIRST_NS:
        notes.append(f'{path}: its poses are from {truth.stamps_ns[0] / 1e9:.9f} s to '
                     f'{truth.stamps_ns[-1] / 1e9:.9f} s, and the images begin at '
                     f'{stamps[0] / 1e9:.9f} s')
    return truth


def _agree(truth: Trajectory, stamps: list[int]) -> bool:
    """Tell whether each image has a pose of its very time."""
    return not np.any([place is None for place in
                       nearest_in_time(truth.stamps_ns, stamps, SAME_NS)])
