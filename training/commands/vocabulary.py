# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""vocabulary: photographs to the tree of words that loop closure and relocalisation take."""
from __future__ import annotations

import argparse
from pathlib import Path

from residual_features_ros.errors import unknown
from residual_features_ros.outputs import refuse_existing
from residual_features_ros.registry import METHODS
from training.vocabulary.options import VocabularyOptions

HELP = "photographs -> a vocabulary of a method's descriptors, as DBoW2's"
MOST_BRANCHING, MOST_LEVELS = 20, 10  # that ORB-SLAM's reader takes
READ = ('.npz', '.txt', '.txt.gz')
WRITTEN = (*READ, '.fbow')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    default = VocabularyOptions
    parser.add_argument('--images', type=Path, nargs='+', required=True, metavar='DIR',
                        help='folders or packs of photographs')
    parser.add_argument('--method', required=True, help='a name of the registry')
    parser.add_argument('--weights', default=default.weights, metavar='DIR',
                        help='folder of its weights (default: shipped)')
    parser.add_argument('--branching', type=int, default=default.branching, metavar='K',
                        help='children of a node (default: %(default)s)')
    parser.add_argument('--levels', type=int, default=default.levels, metavar='L',
                        help='of the tree, which has K**L words at most (default: %(default)s)')
    parser.add_argument('--out', type=Path, required=True, metavar='FILE',
                        help="FILE.npz, or FILE.txt or FILE.txt.gz for DBoW2's text format; its "
                        'card FILE.json goes beside it. FILE.work has what a run that was cut '
                        'off goes on from')
    parser.add_argument('--also', type=Path, nargs='+', default=[], metavar='FILE',
                        help="the same in others' formats: FILE.txt or .txt.gz (DBoW2's text, "
                        'ORB-SLAM and DBoW3), .fbow (FBoW, stella_vslam)')
    parser.add_argument('--max-keypoints', type=int, default=default.max_keypoints, metavar='N',
                        help='of a photograph (default: %(default)s)')
    parser.add_argument('--memory-mb', type=float, default=default.memory_mb, metavar='MB',
                        help='of the descriptors that the tree is grown from, a sample where '
                        'there are more (default: %(default)g, 31 million of 32 bytes)')
    parser.add_argument('--seed', type=int, default=default.seed)
    parser.add_argument('--held-out', action='store_true',
                        help='take the photographs too that training holds out')
    parser.add_argument('--licence', default=default.licence, help='for the card')
    parser.add_argument('--data', default=default.data,
                        help='what the photographs are, for the card')


def from_arguments(args: argparse.Namespace) -> VocabularyOptions:
    """Return the options; ValueError for values that cannot be had."""
    if args.method not in METHODS:
        raise unknown('method', args.method, METHODS)
    for name, least, most in (('branching', 2, MOST_BRANCHING), ('levels', 1, MOST_LEVELS),
                              ('max_keypoints', 1, 50_000), ('seed', 0, 2**32 - 1),
                              ('memory_mb', 1e-4, 1e6)):
        if not least <= (value := getattr(args, name)) <= most:
            raise ValueError(f'--{name.replace("_", "-")} must be in [{least:g}, {most:g}], got '
                             f'{value}')
    for option, endings, paths in (('--out', READ, [args.out]), ('--also', WRITTEN, args.also)):
        for path in paths:
            if not path.name.endswith(endings):
                raise ValueError(f'{option} {path}: must end with one of {", ".join(endings)}')
        refuse_existing(paths, option)
    return VocabularyOptions(
        tuple(args.images), args.method, args.out, args.weights, args.branching, args.levels,
        tuple(args.also), args.max_keypoints, args.memory_mb, args.seed, args.held_out,
        args.licence, args.data)


def run(options: VocabularyOptions) -> None:
    """Train, write, and say what came of it."""
    from residual_features_ros.vocabulary.files import card_path
    from training.vocabulary.run import main as train
    refuse_existing([card_path(options.out)])
    print(train(options))
