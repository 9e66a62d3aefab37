# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What runs here: versions, the parts that a method needs, and which of them are broken."""
from __future__ import annotations

import os
import platform

import cv2
import numpy as np

import residual_features_ros
from residual_features_ros import compiling
from residual_features_ros.backends import BACKENDS
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.environment import cpu_model
from residual_features_ros.errors import BackendError, ModelCardError
from residual_features_ros.extractor import Extractor
from residual_features_ros.tools.info.run import backend_state, matrix_products


def rows() -> list[tuple[str, str]]:
    """Return what is here, by name."""
    return [
        ('package', f'residual_features_ros {residual_features_ros.__version__}'),
        ('Python', f'{platform.python_version()} on {platform.machine()}'),
        ('processor', f'{cpu_model()}, {os.cpu_count()} processors'),
        ('OpenCV', f'{cv2.__version__}, {cv2.getNumThreads()} threads'),
        ('numpy', f'{np.__version__}; matrix products: {matrix_products()}'),
        ('loops', f'numpy ({compiling.REASON})' if compiling.numba is None
         else f'compiled by numba {compiling.numba.__version__}'),
        *((name, backend_state(name)) for name in BACKENDS)]


def open_default() -> tuple[str, str]:
    """Load the default method as a node does.

    Returns:
        What it runs by, '' where it does not; and why it does not, else ''.
    """
    config = ExtractorConfig()
    try:
        extractor = Extractor(config)
        extractor.warm_up()
    except (BackendError, ModelCardError, ImportError, RuntimeError, cv2.error) as error:
        return '', f'the default method {config.method} does not run: {error}'
    return f'{config.method}: {extractor.backend_description}', ''
