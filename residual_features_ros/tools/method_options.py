# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""--method, --max-keypoints, --backend, --mask and --set key=value to extractor and matcher."""
from __future__ import annotations

import argparse
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from residual_features_ros.config import (
    ExtractorConfig,
    MatcherConfig,
    from_mapping,
    read_settings,
    split_method,
)
from residual_features_ros.errors import CommandError
from residual_features_ros.parameter_file import yaml_value
from residual_features_ros.tools.arguments import select, words

DEFAULT_METHOD = ExtractorConfig.method


@dataclass(frozen=True)
class MethodOptions:
    """How the methods of a command work; which ones is an option of the command's own.

    max_keypoints: most keypoints per image.
    backend: network runtimes, the first that works is used.
    settings: key=value words, any other settings of extractor or matcher.
    mask: image file that keeps keypoints off where it is 0, '' = none.
    """

    max_keypoints: int = ExtractorConfig.max_keypoints
    backend: tuple[str, ...] = ExtractorConfig.backend
    settings: tuple[str, ...] = ()
    mask: str = ''

    def configs(self, method: str) -> tuple[ExtractorConfig, MatcherConfig]:
        """Return the settings of METHOD or METHOD+MATCHER; ConfigError says what is wrong."""
        extractor, matcher = self._further()
        method, paired = split_method(method)
        return (from_mapping(ExtractorConfig, {
            'method': method, 'max_keypoints': self.max_keypoints, 'backend': self.backend,
            **extractor}), from_mapping(MatcherConfig, {**matcher, **paired}))

    def node_parameters(self, method: str) -> dict[str, object]:
        """Return the settings of METHOD or METHOD+MATCHER as the ROS parameters of the node."""
        extractor, matcher = self._further()
        method, paired = split_method(method)
        if 'mask' in extractor:  # a path of this folder, and a word to YAML whatever its name
            extractor['mask'] = yaml_value(str(Path(extractor['mask']).absolute()))
        return {'method': method, 'max_keypoints': self.max_keypoints,
                'backend': f'[{", ".join(self.backend)}]', **extractor, **matcher, **paired}

    def check_mask(self, size: tuple[int, int]) -> None:
        """Raise ConfigError where there is a mask, and not for images of the size (w, h)."""
        path = self._further()[0].get('mask')
        if path:
            from residual_features_ros.mask import read_mask  # later, so that --help is quick
            read_mask(path).check(size[::-1])

    def _further(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the other settings of extractor and matcher."""
        extractor, matcher = read_settings(self.settings)
        if not self.mask:
            return extractor, matcher
        if 'mask' in extractor:
            raise CommandError('--mask and --set mask are the same setting: give one')
        return {**extractor, 'mask': self.mask}, matcher

    def with_threads(self, threads: int | None) -> MethodOptions:
        """Return the options with --threads of the network runtime, None = its own choice."""
        if not threads:
            return self
        if any(word.startswith('threads=') for word in self.settings):
            raise CommandError('--threads and --set threads are the same setting: give one')
        return dataclasses.replace(self, settings=(*self.settings, f'threads={threads}'))


DEFAULT_OPTIONS = MethodOptions()


def add_method(parser: argparse.ArgumentParser) -> None:
    """Add --method, of a command that takes one."""
    parser.add_argument('--method', default=DEFAULT_METHOD,
                        help='registry name, see the command info (default: %(default)s)')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that decide how methods work."""
    parser.add_argument('--max-keypoints', type=int, default=MethodOptions.max_keypoints,
                        metavar='N', help='most keypoints per image (default: %(default)s)')
    parser.add_argument('--backend', type=words, default=MethodOptions.backend, metavar='A,B',
                        help='network runtimes, the first that works is used '
                             f'(default: {",".join(MethodOptions.backend)})')
    parser.add_argument('--mask', default=MethodOptions.mask, metavar='FILE',
                        help='image of the size of the images: keypoints are allowed where it is '
                             'not 0, and 0 keeps them off (default: none)')
    parser.add_argument('--set', action='append', default=[], metavar='KEY=VALUE', dest='settings',
                        help='any other setting of extractor or matcher; may be repeated')


def from_arguments(arguments: argparse.Namespace) -> MethodOptions:
    """Return the options of the parsed words; ConfigError for a mask that cannot be read."""
    if arguments.mask:
        from residual_features_ros.mask import read_mask  # later, so that --help is quick
        read_mask(arguments.mask)
    return select(MethodOptions, vars(arguments), settings=tuple(arguments.settings))
