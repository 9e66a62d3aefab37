# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""info: what works here, and why the rest does not."""
from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

import residual_features_ros
from residual_features_ros import integer_products, products
from residual_features_ros.backends import BACKENDS, load_backend
from residual_features_ros.errors import BackendError, ModelCardError
from residual_features_ros.keypoints.surf import surf_provider
from residual_features_ros.model_card import card_path, load_card
from residual_features_ros.registry import METHODS
from residual_features_ros.text_table import table
from residual_features_ros.tools.info.licences import licences, shipped_cards
from residual_features_ros.tools.info.options import InfoOptions
from residual_features_ros.tools.info.verify import run_verify

# Imported in a process of their own: rclpy's wheels start python anew to find their libraries,
# and a cv_bridge built for another numpy can take the process down.
ROS_MODULES = {'rclpy': "pip install 'ros-rclpy[fastrtps]', or source a ROS 2 installation",
               'sensor_msgs.msg': 'pip install ros-sensor-msgs',
               'cv_bridge': 'asked only for encodings that the package does not know'}


def run(options: InfoOptions) -> int:
    """Print methods, backends and versions, or what --verify finds."""
    if options.verify:
        return run_verify()
    print(table(['method', 'weights', 'what'], [method_row(name) for name in METHODS]))
    print(f'\nmissing weights: "python -m training train METHOD data.images=DIR" makes them\n'
          f'SURF by {surf()}\n')
    print(f'licences of the weights\n{licences(shipped_cards())}\n')
    print(table(['backend', 'state'], [[name, backend_state(name)] for name in BACKENDS]))
    print(f'\nmatrix products: {matrix_products()}\n')
    print(table(['ROS', 'state'], [[name, module_state(name, remedy)]
                                   for name, remedy in ROS_MODULES.items()]))
    print(f'\nresidual_features_ros {residual_features_ros.__version__}, '
          f'Python {platform.python_version()}, numpy {np.__version__}, '
          f'OpenCV {cv2.__version__}, {os.cpu_count()} processors')
    return 0


def method_row(name: str) -> list[str]:
    """Return name, state of the weights and meaning of a method."""
    method = METHODS[name]
    if not method.network:
        return [name, 'none needed', method.summary]
    try:
        card = load_card(name)
    except ModelCardError as error:
        missing = not card_path(name).is_file()
        return [name, 'missing' if missing else 'BROKEN',
                method.summary if missing else str(error)]
    scores = ', '.join(numbers(card.scores)) or 'no scores on its card'
    return [name, card.sha256[:12], f'{method.summary}; {scores}']


def numbers(scores: Mapping[str, Any]) -> list[str]:
    """Return each number of a nested mapping with its name."""
    words = []
    for key, value in scores.items():
        if isinstance(value, Mapping):
            words += [f'{key} {word}' for word in numbers(value)]
        else:
            words.append(f'{key} {value:.3g}' if isinstance(value, float) else f'{key} {value}')
    return words


def surf() -> str:
    """Return who computes SURF."""
    try:
        return {'opencv': 'OpenCV, built non-free', 'mahotas': 'mahotas'}[surf_provider()]
    except ImportError as error:
        return f'nobody: {error}'


def matrix_products() -> str:
    """Return who multiplies descriptors in matching, and the remedy where numpy is slow."""
    words = 'numpy'
    if not products.has_optimised_blas():
        seconds = products.measure()
        name = products.choose(seconds)
        words = 'numpy' if name == 'numpy' else products.slow_words(seconds, name)
    if integer_products.onnxruntime_session() is None:
        return words
    return f'onnxruntime in int8; {words} in fp32'


def backend_state(name: str) -> str:
    """Return version and device of a backend, or why it does not run."""
    try:
        return load_backend(name).describe()
    except BackendError as error:
        return f'does not run: {error}'


def module_state(name: str, remedy: str) -> str:
    """Import a module in a process of its own; return version and place, or why it fails."""
    script = f'import {name} as m; print(m.__file__)'
    done = subprocess.run([sys.executable, '-c', script], capture_output=True, text=True,
                          check=False)
    if done.returncode == 0:
        return f'{version_of(name.partition(".")[0])}, {done.stdout.strip()}'
    reason = (done.stderr.strip().splitlines() or [f'exit code {done.returncode}'])[-1]
    return f'does not import ({reason}); {remedy}'


def version_of(package: str) -> str:
    """Return the version that a package was installed as."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return 'version unknown'
