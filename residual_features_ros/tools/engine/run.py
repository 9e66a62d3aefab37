# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""engine: build what TensorRT needs on this GPU before a node needs it."""
from __future__ import annotations

from residual_features_ros.backends.nvidia.engines import folder
from residual_features_ros.extractor import Extractor
from residual_features_ros.tools.engine.options import EngineOptions


def run(options: EngineOptions) -> int:
    """Build, or find, the engines of a method and say what they run on."""
    extractor, _ = options.method_options.configs(options.method)
    print(f'{options.method}: {Extractor(extractor).backend_description}; '
          f'engines are kept in {folder()}')
    return 0
