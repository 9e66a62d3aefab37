# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""--method, --keypoints, --backend and --set key=value to an extractor and a matcher."""
from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterable
from typing import Any

from residual_features_ros.config import (
    ConfigError,
    ExtractorConfig,
    MatcherConfig,
    from_mapping,
    unknown,
)

NAMED = {'method': '--method', 'max_keypoints': '--keypoints', 'backend': '--backend'}


def read_settings(pairs: Iterable[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sort key=value words into settings of the extractor and of the matcher.

    Raises:
        ConfigError: a word without '=', an unknown key or a value of the wrong type.
    """
    extractor, matcher = ({field.name: field for field in dataclasses.fields(kind)}
                          for kind in (ExtractorConfig, MatcherConfig))
    values: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for pair in pairs:
        key, equals, text = pair.partition('=')
        if not equals:
            raise ConfigError(f'--set takes key=value, got {pair!r}')
        if key in NAMED:
            raise ConfigError(f'--set {key}: use {NAMED[key]}')
        if key not in extractor and key not in matcher:
            raise unknown('setting', key, [*extractor, *matcher])
        home = 0 if key in extractor else 1
        values[home][key] = _parse((extractor, matcher)[home][key], text)
    return values


def _parse(field: dataclasses.Field[Any], text: str) -> Any:
    kind: type = type(field.default)
    try:
        return kind(text)
    except ValueError as error:
        raise ConfigError(f'{field.name} must be {kind.__name__}, got {text!r}') from error


def configs(args: argparse.Namespace, method: str = '') -> tuple[ExtractorConfig, MatcherConfig]:
    """Return what the command line asks for; `method` stands in for --method."""
    extractor, matcher = read_settings(args.settings)
    return (from_mapping(ExtractorConfig, {
        'method': method or args.method, 'max_keypoints': args.keypoints,
        'backend': tuple(args.backend), **extractor}), from_mapping(MatcherConfig, matcher))
