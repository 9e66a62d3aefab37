# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What all benchmarks are asked: the protocol, saved with each number, and what is written."""
from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from residual_features_ros.config import FREE, read_settings
from training.arguments import image_size, words

BACKEND = ('onnxruntime',)
SIZE = (640, 480)
OWN_SIZES = (0, 0)  # for Protocol.size: images keep theirs


def size_words(size: tuple[int, int]) -> str:
    """Return WIDTHxHEIGHT, or that images keep their sizes."""
    return 'own sizes' if size == OWN_SIZES else f'{size[0]}x{size[1]}'


@dataclass(frozen=True)
class Protocol:
    """What was measured how.

    size: (width, height) in pixels, or OWN_SIZES.
    weights: folders, separated by commas (weights.py).
    settings: further ones of ExtractorConfig.
    options: words of the benchmark's own options, as on the command line.
    """

    methods: tuple[str, ...]
    size: tuple[int, int] = SIZE
    max_keypoints: int = 1000
    weights: str = ''
    backend: tuple[str, ...] = BACKEND
    settings: dict[str, Any] = field(default_factory=dict)
    options: tuple[str, ...] = ()

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser,
                      methods: str = 'rootsift,residual_rootsift_small') -> None:
        """Add what says which methods run and how; `methods` is the default."""
        parser.add_argument('--methods', type=words, default=methods, metavar='A,B',
                            help='names of the registry, METHOD+MATCHER, or METHOD@KEYPOINTS: a '
                            "learned method's descriptors at another's keypoints "
                            '(default: %(default)s)')
        parser.add_argument('--weights', default='', metavar='DIR[,DIR]',
                            help='folders of weights, or free; a method takes the first that '
                            'has its own (default: shipped)')
        parser.add_argument('--backend', type=words, default=','.join(BACKEND), metavar='A,B',
                            help='network runtimes, the first that works is used '
                            '(default: %(default)s)')
        parser.add_argument('--set', action='append', default=[], metavar='KEY=VALUE',
                            dest='extractor',
                            help='another setting of the extractor; may be repeated')

    @staticmethod
    def add_limits(parser: argparse.ArgumentParser, size: str = '640x480',
                   max_keypoints: int = 1000) -> None:
        """Add the size of the images and the number of keypoints, whose defaults are given."""
        parser.add_argument('--size', type=image_size, default=size, metavar='WxH',
                            help='width x height in pixels (default: %(default)s)')
        parser.add_argument('--max-keypoints', type=int, default=max_keypoints, metavar='N',
                            help='most keypoints per image (default: %(default)s)')

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> Protocol:
        """Return what the command line asks for; without add_limits the size is the default."""
        settings, of_matcher = read_settings(args.extractor)
        if of_matcher:
            raise ValueError(f'--set {next(iter(of_matcher))}: matches are mutual nearest '
                             'neighbours, or those of a matcher named in --methods METHOD+MATCHER')
        limits = {name: getattr(args, name) for name in ('size', 'max_keypoints')
                  if hasattr(args, name)}
        return cls(methods=args.methods, weights=args.weights, backend=args.backend,
                   settings=settings, **limits)

    def command(self, benchmark: str) -> str:
        """Return the command line, with folders left to the reader."""
        size = '' if self.size == OWN_SIZES else f' --size {size_words(self.size)}'
        return (f'python -m training evaluate {benchmark} --root DIR{size} '
                f'--max-keypoints {self.max_keypoints} {self.words()}')

    def words(self) -> str:
        """Return what does not depend on size and number of keypoints, as on the command line."""
        return (f'--methods {",".join(self.methods)}'
                + (f' --weights {self.hidden_weights()}' if self.weights else '')
                + (f' --backend {",".join(self.backend)}' if self.backend != BACKEND else '')
                + ''.join(f' --set {key}={value}' for key, value in self.settings.items())
                + ''.join(f' {word}' for word in self.options))

    def hidden_weights(self) -> str:
        """Return the folders of weights without their names; FREE is one of the package."""
        return ','.join(name if name in ('', FREE) else 'DIR' for name in self.weights.split(','))


@dataclass(frozen=True)
class Files:
    """Where a benchmark writes, and what its images are called there.

    out: the JSON file; tables and plots go beside it. None for nothing.
    cache: the folder of predictions, None for none.
    data: what the images are, in words.
    brief: leave the rows of single pairs out of the JSON.
    """

    out: Path | None = None
    cache: Path | None = None
    data: str = 'not stated'
    brief: bool = False

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser, cached: bool = True) -> None:
        """Add what says what is written; `cached` says whether there are predictions to keep."""
        parser.add_argument('--out', type=Path, metavar='FILE',
                            help='write the results as JSON, tables and a plot beside it')
        parser.add_argument('--brief', action='store_true',
                            help='no rows of single pairs in the JSON')
        parser.add_argument('--data', default='not stated', help='what the images are, for --out')
        if not cached:
            parser.set_defaults(cache=None)
            return
        parser.add_argument('--cache', type=Path, metavar='DIR',
                            help='folder of predictions that a later run reads (1 MB for 1000 '
                            'keypoints of 256 numbers), and that benchmarks of posed scenes read '
                            'pair by pair, without holding a scene in memory; default: none')

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> Files:
        """Return what the command line asks for."""
        return cls(args.out, args.cache, args.data, args.brief)
