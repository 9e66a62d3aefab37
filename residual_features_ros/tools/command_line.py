# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The command line: parse first, import what a command needs after, so that --help is quick."""
from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Sequence

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.errors import CommandError, ConfigError, DatasetError
from residual_features_ros.process_tuning import prepare_process
from residual_features_ros.tools.arguments import count, percentiles, pixels, words
from residual_features_ros.tools.evaluate_bag.options import add_evaluate_bag
from residual_features_ros.tools.make_bag.options import add_make_bag

DEFAULT = ExtractorConfig()
COMMANDS = {
    'extract': 'residual_features_ros.tools.extract',
    'match': 'residual_features_ros.tools.match',
    'bench': 'residual_features_ros.tools.bench.run',
    'engine': 'residual_features_ros.tools.engine',
    'info': 'residual_features_ros.tools.info',
    'demo': 'residual_features_ros.tools.demo.run',
    'evaluate-bag': 'residual_features_ros.tools.evaluate_bag.run',
    'make-bag': 'residual_features_ros.tools.make_bag.run',
}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog='python -m residual_features_ros',
        description='Hand-crafted keypoints with residual descriptors, outside ROS.')
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    settings = _settings_parser()
    one_method = argparse.ArgumentParser(add_help=False)
    one_method.add_argument('--method', default=DEFAULT.method,
                            help='registry name, see the command info (default: %(default)s)')
    _add_extract(commands, [one_method, settings])
    _add_match(commands, [one_method, settings])
    _add_bench(commands, [settings])
    commands.add_parser(
        'engine', parents=[one_method, settings], help='build TensorRT engines for this GPU',
        description='Build the engines of a method, compare them with ONNX Runtime and keep them: '
                    'a node that finds them starts at once.')
    commands.add_parser('info', help='methods, weights, backends and what does not work here')
    _add_demo(commands, [one_method, settings])
    add_evaluate_bag(commands, [settings])
    add_make_bag(commands)
    return parser


def _settings_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument('--keypoints', type=int, default=DEFAULT.max_keypoints, metavar='N',
                        help='most keypoints per image (default: %(default)s)')
    parser.add_argument('--backend', type=words, default=list(DEFAULT.backend), metavar='A,B',
                        help='network runtimes, the first that works is used '
                             f'(default: {",".join(DEFAULT.backend)})')
    parser.add_argument('--set', action='append', default=[], metavar='KEY=VALUE', dest='settings',
                        help='any other setting of extractor or matcher; may be repeated')
    return parser


def _add_extract(commands: argparse._SubParsersAction,
                 parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        'extract', parents=parents, help='images to an HDF5 file as hloc reads it',
        description='Write one group per image, named by its path relative to --root: keypoints '
                    '(N, 2) float32 with (0, 0) at the centre of the top-left pixel as hloc has '
                    'it, descriptors (D, N), scores (N,), image_size (width, height). Images '
                    'that the file already has are skipped.')
    parser.add_argument('images', nargs='+', metavar='IMAGE|DIR')
    parser.add_argument('--out', required=True, metavar='FILE.h5')
    parser.add_argument('--root', default='', metavar='DIR',
                        help='names are relative to it (default: the folder that all share)')
    parser.add_argument('--overwrite', action='store_true', help='replace an existing file')
    parser.add_argument('--float32', action='store_true',
                        help='descriptors as float32 (default: float16, as hloc)')


def _add_match(commands: argparse._SubParsersAction,
               parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        'match', parents=parents, help='two images to a picture and a table',
        description='Draw the matches of two images, those that agree with one geometry in '
                    'green, and print counts and times.')
    parser.add_argument('a', metavar='A')
    parser.add_argument('b', metavar='B')
    parser.add_argument('--out', default='matches.png', metavar='PICTURE')
    parser.add_argument('--model', choices=('fundamental', 'homography'), default='fundamental',
                        help='geometry whose inliers are green (default: %(default)s)')
    parser.add_argument('--repeat', type=count, default=5, help='runs timed (default: 5)')


def _add_bench(commands: argparse._SubParsersAction,
               parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        'bench', parents=parents, help='times of several methods side by side, or of the node',
        description='Time extraction and matching of several methods in one run. The methods '
                    'take turns on every image, so that a machine that slows down slows all.')
    parser.add_argument('--methods', type=words, default=[], metavar='A,B,C')
    parser.add_argument('--size', type=pixels, default=(640, 480), metavar='WxH',
                        help='images are scaled and cropped to it (default: 640x480)')
    parser.add_argument('--images', default='', metavar='DIR',
                        help='frames of a camera in the order of their names (default: a crop '
                             'that moves over the photographs of the scikit-learn package)')
    parser.add_argument('--repeat', type=count,
                        help='rounds over the frames, or frames of each photograph (default: 10)')
    parser.add_argument('--reference', metavar='METHOD',
                        help='ratios are against it (default: opencv_sift, which is cv2.SIFT and '
                             'nothing around it, where a method stands on SIFT, else the first)')
    parser.add_argument('--threads', type=count, metavar='N',
                        help='of OpenCV and the network runtime (default: their own choice)')
    parser.add_argument('--percentiles', type=percentiles, metavar='5,95,99',
                        help='columns beside the median (default: 95)')
    parser.add_argument('--out', default='', metavar='FILE',
                        help='write all times as JSON; with --scaling or --node a plot beside it')
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument('--scaling', action='store_true',
                      help='times against the size of images and the number of keypoints')
    kind.add_argument('--node', action='store_true',
                      help='drive the real node over DDS: rate, latency, drops, memory')
    _add_bench_kinds(parser)


def _add_bench_kinds(parser: argparse.ArgumentParser) -> None:
    scaling = parser.add_argument_group('with --scaling')
    scaling.add_argument('--sizes', type=lambda text: [pixels(word) for word in words(text)],
                         metavar='WxH,...', help='(default: 320x240 to 1280x960)')
    scaling.add_argument('--counts', type=lambda text: [count(word) for word in words(text)],
                         metavar='N,...', help='of keypoints (default: 250 to 4000)')
    node = parser.add_argument_group('with --node')
    node.add_argument('--rate', type=float, metavar='HZ',
                      help='of the camera (default: 0 = 0.8 of the highest that is answered)')
    node.add_argument('--frames', type=count, metavar='N', help='sent (default: 300)')
    node.add_argument('--params-file', metavar='YAML',
                      help='parameters of the node; from the command line come then only '
                           '--methods, --set, and --keypoints and --backend that are not the '
                           'default')
    node.add_argument('--grey', action='store_const', const=True,
                      help='send mono8 (default: bgr8)')
    node.add_argument('--starts', type=count, metavar='N',
                      help='times that the node is started, the last is driven (default: 2, so '
                           'that its files are in memory)')
    node.add_argument('--dds-profile', metavar='XML',
                      help='Fast DDS profile, none = its own defaults (default: '
                           'config/fastdds.xml of the package)')


def _add_demo(commands: argparse._SubParsersAction,
              parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        'demo', parents=parents, help='a bag through the node over DDS, as "make demo"',
        description='Play images through the node in a process of its own and report what a '
                    'back-end receives. Exit code 1 if a frame was not answered.')
    source = parser.add_mutually_exclusive_group()
    source.add_argument('--bag', default='', help='rosbag2 folder or ROS 1 .bag to play')
    source.add_argument('--images', default='', metavar='DIR', help='folder of images to play')
    parser.add_argument('--topic', default='', help='image topic of the bag (default: its only)')
    parser.add_argument('--out', default='demo_out', metavar='DIR')
    parser.add_argument('--hz', type=float, default=10.0,
                        help='frame rate of photographs and images (default: %(default)s)')
    parser.add_argument('--rate', type=float, default=1.0, help='playing speed (default: 1)')
    parser.add_argument('--frames', type=count, default=150, metavar='N',
                        help='most frames played (default: %(default)s)')
    parser.add_argument('--size', type=pixels, default=(320, 240), metavar='WxH',
                        help='of the view over the photographs (default: 320x240)')
    parser.add_argument('--grey', action='store_true',
                        help='send photographs and images as mono8 (default: bgr8)')
    parser.add_argument('--dds-profile', default='', metavar='XML',
                        help='Fast DDS profile, none = its own defaults (default: '
                             'config/fastdds.xml of the package)')


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; errors are one sentence on stderr and exit code 2."""
    args = build_parser().parse_args(arguments)
    logging.basicConfig(format='%(message)s', level=logging.INFO)
    prepare_process()
    try:
        command = importlib.import_module(COMMANDS[args.command])
        return int(command.run(args))
    except BrokenPipeError:  # the reader of our output, "head" for example, has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if not isinstance(error, _refusals()):
            raise
        print(f'{args.command}: {_sentence(error)}', file=sys.stderr)
        return 2


def _refusals() -> tuple[type[Exception], ...]:
    from residual_features_ros.errors import BackendError, ModelCardError
    return (ModelCardError, BackendError, CommandError, ConfigError, DatasetError, ImportError,
            OSError)


def _sentence(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f'the Python package {error.name} is missing: pip install {error.name}'
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f'{error.filename}: {error.strerror}'
    return ' '.join(str(error).split())
