# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The arguments of make-bag."""
from __future__ import annotations

import argparse

from residual_features_ros.tools.arguments import count


def add_make_bag(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        'make-bag', help='a data set to a rosbag2 with camera_info and ground truth',
        description='Write /camera/image_raw, /camera/camera_info and /groundtruth '
                    '(geometry_msgs/PoseStamped of the optical frame) of a KITTI odometry, TUM '
                    'RGB-D or EuRoC sequence, or of a folder of images.')
    parser.add_argument('kind', choices=('kitti', 'tum', 'euroc', 'images'))
    parser.add_argument('folder', metavar='DIR')
    parser.add_argument('--out', required=True, metavar='BAG', help='folder of the bag')
    parser.add_argument('--hz', type=float, metavar='HZ',
                        help='of images that have no stamps of their own (default: 10)')
    parser.add_argument('--storage', choices=('mcap', 'sqlite3'), default='mcap')
    parser.add_argument('--camera', default='camera', metavar='NAME',
                        help='namespace of the image topic (default: %(default)s)')
    parser.add_argument('--camera-info', default='', metavar='YAML',
                        help='calibration file of camera_calibration')
    parser.add_argument('--max-frames', type=count, metavar='N')
