# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Ground truth that is a file: whose poses it has, and from when its times count."""
from __future__ import annotations

import contextlib
from pathlib import Path

from residual_features_ros.datasets.pose_columns import KITTI
from residual_features_ros.datasets.stamps import FIRST_NS
from residual_features_ros.datasets.trajectory_files import TrajectoryFile, open_trajectory
from residual_features_ros.errors import CommandError, ConversionError, TruncatedError
from residual_features_ros.geometry.trajectory import Trajectory, nearest_in_time
from residual_features_ros.tools.bags.origin import read_origin
from residual_features_ros.tools.bags.rosbag import ImageBag, stamp_ns

LOOKED_AT = 10  # images
SAME_NS = 1000  # files have times to the microsecond
GUESSED = 'this is a guess by the times alone, since the bag does not say whether make-bag made it'


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
    origin = read_origin(bag, notes)
    added_ns = origin.added_ns if origin else None
    return in_time_of(first_stamps(bag), found, path, added_ns, notes), found.left_out


def first_stamps(bag: ImageBag) -> list[int]:
    """Return the stamps (ns) of the first images that can be read."""
    stamps: list[int] = []
    with contextlib.suppress(CommandError, ConversionError, TruncatedError):
        stamps += (stamp_ns(message) for _, message in bag.messages(LOOKED_AT))
    return sorted(stamps)


def in_time_of(stamps: list[int], file: TrajectoryFile, path: Path, added_ns: int | None,
               notes: list[str]) -> Trajectory:
    """Return the poses of a file, later by what make-bag added to the times of the images.

    make-bag adds a second to times that begin at 0, since 0 means "no stamp" in ROS.

    Args:
        stamps: ns of the first images, sorted.
        file: the poses.
        path: of the file.
        added_ns: what the bag says was added, None where it does not say: then it is guessed.
        notes: gets a sentence where time is added, or where the times do not fit.
    """
    truth = file.trajectory
    if not stamps or not len(truth):
        return truth
    if added_ns is None:
        later_ns, words = _guess(stamps, file)
    else:
        later_ns, words = _as_told(stamps, file, added_ns)
    said = [words] if words else []
    if added_ns is not None or not said:
        said += _misfit([stamp - later_ns for stamp in stamps], file)
    notes += [f'{path}: {sentence}' for sentence in said]
    return Trajectory(truth.stamps_ns + later_ns, truth.poses) if later_ns else truth


def _as_told(stamps: list[int], file: TrajectoryFile, added_ns: int) -> tuple[int, str]:
    """Return what is added to the times of a file where the bag says what was to its images'.

    The file is that of the data set, unless its times are more those of the bag: one that was
    made of the bag begins with it, or has a pose at more of the times of its images.
    """
    if not added_ns:
        return 0, ''
    added = 'a second' if added_ns == FIRST_NS else f'{added_ns / 1e9:g} s'
    begins, began = (abs(stamps[0] - ns - file.first_ns) <= SAME_NS for ns in (added_ns, 0))
    as_they_are, later = (_agreeing(file.trajectory, [stamp - ns for stamp in stamps])
                          for ns in (0, added_ns))
    if not begins and (began or as_they_are > later):
        return 0, (f'its times are taken as those of the bag, with which they agree: {added} that '
                   'make-bag added to those of the images is not added to them')
    return added_ns, (f'{added} is added to its times, as the bag says that make-bag added it to '
                      'those of the images')


def _guess(stamps: list[int], file: TrajectoryFile) -> tuple[int, str]:
    """Return what is added to the times of a file where the bag does not say what was."""
    as_they_are = _agreeing(file.trajectory, stamps) == len(stamps)
    later = _agreeing(file.trajectory, [stamp - FIRST_NS for stamp in stamps]) == len(stamps)
    begins = file.kind == KITTI and abs(stamps[0] - FIRST_NS - file.first_ns) <= SAME_NS
    if begins or (later and not as_they_are):
        return FIRST_NS, ('a second is added to its times, as make-bag adds it to those of the '
                          f'images; {GUESSED}')
    if later and file.first_ns == 0:
        return 0, ('its times may be a second behind those of the bag, which are as make-bag has '
                   f'them where images begin at 0; {GUESSED}')
    return 0, ''


def _misfit(stamps: list[int], file: TrajectoryFile) -> list[str]:
    """Return a sentence where the images are at other times than the poses."""
    times = file.trajectory.stamps_ns
    if file.kind == KITTI and abs(stamps[0] - file.first_ns) > SAME_NS:
        return [f'times of KITTI count from its first image, here from {file.first_ns / 1e9:g} s, '
                f'and the bag begins at {stamps[0] / 1e9:.9g} s']
    if not times[0] - FIRST_NS <= stamps[0] <= times[-1] + FIRST_NS:
        return [f'its poses are from {times[0] / 1e9:.9f} s to {times[-1] / 1e9:.9f} s, and the '
                f'images begin at {stamps[0] / 1e9:.9f} s']
    return []


def _agreeing(truth: Trajectory, stamps: list[int]) -> int:
    """Return how many images have a pose of their very time."""
    return sum(place is not None for place in
               nearest_in_time(truth.stamps_ns, stamps, SAME_NS))
