# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The options of evaluate-bag."""
from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

from residual_features_ros.errors import CommandError
from residual_features_ros.outputs import refuse_existing, unused
from residual_features_ros.tools import method_options, node_options
from residual_features_ros.tools.arguments import count, increasing_counts, select, unique_words
from residual_features_ros.tools.method_options import DEFAULT_OPTIONS, MethodOptions
from residual_features_ros.tools.node_options import DEFAULT_NODE, NodeOptions

HELP = 'several methods on your own bag, as a report'
DESCRIPTION = ('Run methods on the images of a rosbag2 or ROS 1 bag and compare matches, inliers, '
               'tracks, motion and time. Writes report.html, report.json and a trajectory per '
               'method (TUM format).')
GAP_PLOT = 'gaps.png'


@dataclass(frozen=True)
class InputOptions:
    """What is read: images, camera and ground truth.

    topic: of the images, '' = the only one.    step: every Nth image.
    mask_topic: of masks of the images, '' = none.
    max_frames: most images evaluated, None = all.
    camera_info: calibration file or topic of the bag, '' = camera_info beside the image topic.
    groundtruth: file or topic of poses, '' = none.
    groundtruth_times: seconds of the rows of a KITTI file, '' = times.txt beside it.
    camera_in_body: translation and quaternion (x, y, z, w) of the optical frame in the body whose
        poses the ground truth gives, None = they are the same.
    tolerance_s: largest time between an image and a pose, the default is more than half the
        period of ground truth at 30 Hz.
    """

    bag: Path
    topic: str = ''
    mask_topic: str = ''
    step: int = 1
    max_frames: int | None = None
    camera_info: str = ''
    groundtruth: str = ''
    groundtruth_times: str = ''
    camera_in_body: tuple[float, ...] | None = None
    tolerance_s: float = 0.02


@dataclass(frozen=True)
class EvaluateBagOptions:
    """Which methods are evaluated on which bag, and the folder of the report.

    threshold_px: largest distance of an inlier to its epipolar line.
    gaps: how many images apart the images of pairs are, increasing; 1 is the one before.
    through_node: play the images through the running node, as `node` says.
    """

    inputs: InputOptions
    methods: tuple[str, ...] = ('residual_hessian_small', 'rootsift', 'orb')
    method_options: MethodOptions = DEFAULT_OPTIONS
    out: Path = Path('bag_report')
    threshold_px: float = 1.0
    gaps: tuple[int, ...] = (1,)
    through_node: bool = False
    node: NodeOptions = DEFAULT_NODE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument('bag', type=Path, metavar='BAG')
    parser.add_argument('--topic', default=InputOptions.topic, metavar='T',
                        help='image topic, raw or compressed (default: the only one)')
    parser.add_argument('--mask-topic', default=InputOptions.mask_topic, metavar='T',
                        help='topic of mono8 masks, whose 0 keeps keypoints off: that of the '
                             "image's stamp, else the newest before it (default: none)")
    parser.add_argument('--methods', type=unique_words, default=EvaluateBagOptions.methods,
                        metavar='A,B,C',
                        help=f'(default: {",".join(EvaluateBagOptions.methods)})')
    parser.add_argument('--out', type=Path, metavar='DIR',
                        help=f'(default: {EvaluateBagOptions.out}, or a number behind it)')
    parser.add_argument('--max-frames', type=count, metavar='N', help='images evaluated')
    parser.add_argument('--step', type=count, default=InputOptions.step, metavar='N',
                        help='every Nth image')
    parser.add_argument('--threshold', type=float, default=EvaluateBagOptions.threshold_px,
                        metavar='PX', dest='threshold_px',
                        help='largest distance of an inlier to its epipolar line (default: 1)')
    parser.add_argument('--gaps', type=increasing_counts, default=EvaluateBagOptions.gaps,
                        metavar='N,N', help='also match and score pairs of images so many images '
                        'apart, for example 1,2,4,8,16 (default: 1, the one before, alone)')
    _add_ground_truth(parser)
    node = parser.add_argument_group('through the node')
    node.add_argument('--through-node', action='store_true',
                      help='play the images through the running node and evaluate its messages')
    node_options.add_arguments(node)
    method_options.add_arguments(parser)


def _add_ground_truth(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--camera-info', default=InputOptions.camera_info, metavar='YAML|TOPIC',
                        help='calibration file of camera_calibration, or a topic of the bag '
                             '(default: camera_info beside the image topic)')
    parser.add_argument('--groundtruth', default=InputOptions.groundtruth, metavar='FILE|TOPIC',
                        help='poses of the optical frame: a TUM, KITTI or EuRoC file, or a topic '
                             'of PoseStamped, TransformStamped or Odometry')
    parser.add_argument('--groundtruth-times', default=InputOptions.groundtruth_times,
                        metavar='FILE',
                        help='seconds of the rows of a KITTI file (default: times.txt beside it)')
    parser.add_argument('--camera-in-body', default='', metavar='"TX TY TZ QX QY QZ QW"',
                        help='pose of the optical frame in the body whose poses the ground truth '
                             'gives (default: they are the same)')
    parser.add_argument('--tolerance', type=float, default=InputOptions.tolerance_s, metavar='S',
                        dest='tolerance_s',
                        help='largest time between an image and a pose (default: %(default)s)')


def from_arguments(arguments: argparse.Namespace) -> EvaluateBagOptions:
    """Return the options; CommandError for what cannot be evaluated, ConfigError."""
    inputs = select(InputOptions, vars(arguments),
                    camera_in_body=read_camera_in_body(arguments.camera_in_body))
    options = select(EvaluateBagOptions, vars(arguments), inputs=inputs,
                     out=arguments.out or unused(EvaluateBagOptions.out),
                     method_options=method_options.from_arguments(arguments),
                     node=node_options.from_arguments(arguments))
    if not options.methods:
        raise CommandError('--methods names no method')
    if options.threshold_px <= 0 or options.node.rate <= 0:
        raise CommandError('--threshold and --rate must be larger than 0')
    if options.through_node and options.gaps != EvaluateBagOptions.gaps:
        raise CommandError('--gaps is for methods in this process: through the node each image is '
                           'matched to the one before')
    if options.inputs.tolerance_s < 0:
        raise CommandError('--tolerance must not be negative')
    if options.out.resolve() == options.inputs.bag.resolve():
        raise CommandError(f'--out {options.out} is the bag: choose another')
    refuse_existing(written(options))
    for method in options.methods:
        options.method_options.configs(method)
    return options


def written(options: EvaluateBagOptions) -> list[Path]:
    """Return the files and folders that the command writes."""
    names = ['report.html', 'report.json', *(f'{method}.tum' for method in options.methods),
             *([GAP_PLOT] if set(options.gaps) - {1} else []),
             *(['node'] if options.through_node else [])]
    return [options.out / name for name in names]


def read_camera_in_body(text: str) -> tuple[float, ...] | None:
    """Read a translation and a quaternion (x, y, z, w), parted by spaces or commas."""
    if not text:
        return None
    try:
        numbers = tuple(float(word) for word in text.replace(',', ' ').split())
    except ValueError as error:
        raise CommandError(f'--camera-in-body takes 7 numbers, got {text!r}') from error
    if len(numbers) != 7 or not all(map(math.isfinite, numbers)) or not any(numbers[3:]):
        raise CommandError(f'--camera-in-body takes 7 numbers, a translation and a quaternion, '
                           f'got {text!r}')
    return numbers
