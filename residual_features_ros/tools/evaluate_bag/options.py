# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The arguments of evaluate-bag."""
from __future__ import annotations

import argparse

from residual_features_ros.tools.arguments import count, words

METHODS = ['residual_rootsift_small', 'rootsift', 'orb']
TOLERANCE_S = 0.02  # more than half the period of ground truth at 30 Hz


def add_evaluate_bag(commands: argparse._SubParsersAction,
                     parents: list[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        'evaluate-bag', parents=parents, help='several methods on your own bag, as a report',
        description='Run methods on the images of a rosbag2 or ROS 1 bag and compare matches, '
                    'inliers, tracks, motion and time. Writes report.html, report.json and a '
                    'trajectory per method (TUM format).')
    parser.add_argument('bag', metavar='BAG')
    parser.add_argument('--topic', default='', metavar='T',
                        help='image topic, raw or compressed (default: the only one)')
    parser.add_argument('--methods', type=words, default=METHODS, metavar='A,B,C',
                        help=f'(default: {",".join(METHODS)})')
    parser.add_argument('--out', default='bag_report', metavar='DIR',
                        help='(default: %(default)s)')
    parser.add_argument('--max-frames', type=count, metavar='N', help='images evaluated')
    parser.add_argument('--step', type=count, default=1, metavar='N', help='every Nth image')
    parser.add_argument('--threshold', type=float, default=1.0, metavar='PX',
                        help='largest distance of an inlier to its epipolar line (default: 1)')
    _add_truth(parser)
    node = parser.add_argument_group('through the node')
    node.add_argument('--through-node', action='store_true',
                      help='play the images through the running node and evaluate its messages')
    node.add_argument('--rate', type=float, default=1.0, help='playing speed (default: 1)')
    node.add_argument('--dds-profile', default='', metavar='XML',
                      help='Fast DDS profile, none = its own defaults')


def _add_truth(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--camera-info', default='', metavar='YAML|TOPIC',
                        help='calibration file of camera_calibration, or a topic of the bag '
                             '(default: camera_info beside the image topic)')
    parser.add_argument('--groundtruth', default='', metavar='FILE|TOPIC',
                        help='poses of the optical frame: a TUM, KITTI or EuRoC file, or a topic '
                             'of PoseStamped, TransformStamped or Odometry')
    parser.add_argument('--groundtruth-times', default='', metavar='FILE',
                        help='seconds of the rows of a KITTI file (default: times.txt beside it)')
    parser.add_argument('--camera-in-body', default='', metavar='"TX TY TZ QX QY QZ QW"',
                        help='pose of the optical frame in the body whose poses the ground truth '
                             'gives (default: they are the same)')
    parser.add_argument('--tolerance', type=float, default=TOLERANCE_S, metavar='S',
                        help='largest time between an image and a pose (default: %(default)s)')
