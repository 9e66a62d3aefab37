# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The options of make-bag."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from residual_features_ros.errors import CommandError
from residual_features_ros.tools.arguments import count, select

HELP = 'a data set to a rosbag2 with camera_info and ground truth'
DESCRIPTION = (
    'Write /camera/image_raw, /camera/camera_info and /groundtruth (geometry_msgs/PoseStamped of '
    'the optical frame) of a KITTI odometry, TUM RGB-D or EuRoC sequence, or of a folder of '
    'images. /residual_features/bag_origin says what was added to its times.')
KINDS = ('kitti', 'tum', 'euroc', 'images')


@dataclass(frozen=True)
class MakeBagOptions:
    """Which data set becomes a bag, and how.

    kind: layout of the data set, one of KINDS.    folder: of the data set.    out: of the bag.
    hz: rate of images that have no stamps of their own, None = the layout's usual one.
    storage: 'mcap' or 'sqlite3'.    camera: namespace of the image topic.
    camera_info: calibration file of camera_calibration, None = that of the data set.
    max_frames: most images written, None = all.
    """

    kind: str
    folder: Path
    out: Path
    hz: float | None = None
    storage: str = 'mcap'
    camera: str = 'camera'
    camera_info: Path | None = None
    max_frames: int | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument('kind', choices=KINDS)
    parser.add_argument('folder', type=Path, metavar='DIR')
    parser.add_argument('--out', type=Path, required=True, metavar='BAG', help='folder of the bag')
    parser.add_argument('--hz', type=float, metavar='HZ',
                        help='of images that have no stamps of their own (default: 10)')
    parser.add_argument('--storage', choices=('mcap', 'sqlite3'), default=MakeBagOptions.storage)
    parser.add_argument('--camera', default=MakeBagOptions.camera, metavar='NAME',
                        help='namespace of the image topic (default: %(default)s)')
    parser.add_argument('--camera-info', type=Path, metavar='YAML',
                        help='calibration file of camera_calibration')
    parser.add_argument('--max-frames', type=count, metavar='N')


def from_arguments(arguments: argparse.Namespace) -> MakeBagOptions:
    """Return the options of the parsed words; CommandError for a folder that is not there."""
    options = select(MakeBagOptions, vars(arguments))
    if options.hz is not None and options.hz <= 0:
        raise CommandError('--hz must be larger than 0')
    if not options.folder.is_dir():
        raise CommandError(f'{options.folder}: no such folder')
    return options
