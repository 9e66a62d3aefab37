# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""--method, --keypoints, --backend and --set key=value to an extractor and a matcher."""
from __future__ import annotations

import argparse

from residual_features_ros.config import (
    ExtractorConfig,
    MatcherConfig,
    from_mapping,
    read_settings,
)


def configs(args: argparse.Namespace, method: str = '') -> tuple[ExtractorConfig, MatcherConfig]:
    """Return what the command line asks for; `method` stands in for --method."""
    extractor, matcher = read_settings(args.settings)
    return (from_mapping(ExtractorConfig, {
        'method': method or args.method, 'max_keypoints': args.keypoints,
        'backend': tuple(args.backend), **extractor}), from_mapping(MatcherConfig, matcher))
