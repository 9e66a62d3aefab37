# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""engine: build what TensorRT needs on this GPU before a node needs it."""
from __future__ import annotations

import argparse

from residual_features_ros.backends.engines import cache_folder
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.errors import CommandError
from residual_features_ros.extractor import Extractor
from residual_features_ros.registry import METHODS
from residual_features_ros.tools.method_options import configs


def run(args: argparse.Namespace) -> int:
    """Build, or find, the engines of a method and say what they run on."""
    if args.backend not in (list(ExtractorConfig.backend), ['tensorrt']):
        raise CommandError(f'--backend {",".join(args.backend)}: tensorrt alone has engines')
    args.backend = ['tensorrt']
    extractor, _ = configs(args)
    if extractor.method in METHODS and not METHODS[extractor.method].network:
        raise CommandError(f'{extractor.method} has no network to build')
    print(f'{extractor.method}: {Extractor(extractor).backend_description}; '
          f'engines are kept in {cache_folder() / "engines"}')
    return 0
