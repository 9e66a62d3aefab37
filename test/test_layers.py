# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Dependencies point one way: the core imports neither ROS nor torch nor the trainer."""
import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / 'residual_features_ros'
ABOVE = {'ros', 'demo', 'commands', 'node_bench'}
CORE = [path for path in PACKAGE.rglob('*.py')
        if not ABOVE & set(path.relative_to(PACKAGE).parts[:-1])
        and path.stem not in ('cli', '__main__')]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.split('.')[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split('.')[0]


@pytest.mark.parametrize('path', CORE, ids=lambda path: path.stem)
def test_the_core_imports_no_ros_and_no_trainer(path):
    assert not {'rclpy', 'torch', 'training', 'sensor_msgs', 'cv_bridge'} & set(imported(path))


def test_the_trainer_imports_no_ros():
    for path in (PACKAGE.parent / 'training').rglob('*.py'):
        assert 'rclpy' not in set(imported(path))


def test_importing_the_package_loads_no_runtime():
    code = ('import sys, residual_features_ros as r; '
            'print(sorted({"torch", "rclpy", "onnxruntime", "openvino"} & set(sys.modules)))')
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == '[]'
