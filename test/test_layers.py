# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Dependencies point one way, and no modules import each other in a circle."""
import subprocess
import sys

import pytest
from support.imports import circles, modules, parse_imports
from support.paths import ROOT

# What each layer may import of this repository; the first prefix that fits is a module's layer.
LAYERS = {
    'residual_features_ros.ros': ('residual_features_ros.ros', 'core'),
    'residual_features_ros.examples': (
        'residual_features_ros.examples', 'residual_features_ros.ros', 'core'),
    'residual_features_ros.tools': (
        'residual_features_ros.tools', 'residual_features_ros.examples',
        'residual_features_ros.ros', 'core'),
    'residual_features_ros.__main__': ('residual_features_ros.tools',),
    # It reads bags and topics, which the tools do, and nothing else of training may.
    'training.learn': ('training.learn', 'training', 'residual_features_ros.tools', 'core'),
    'training': ('training', 'training.learn', 'core'),
    'launch_files': ('residual_features_ros.ros',),
    'residual_features_ros': ('core',),
}
# Packages from elsewhere that only some layers know.
ROS = ('rclpy', 'rcl_interfaces', 'launch', 'launch_ros', 'ament_index_python', 'sensor_msgs',
       'std_msgs', 'diagnostic_msgs', 'nav_msgs', 'geometry_msgs', 'message_filters', 'cv_bridge',
       'tf2_ros')
STRANGERS = {
    'core': (*ROS, 'torch', 'tqdm', 'matplotlib', 'rosbags'),
    'training.learn': (*ROS, 'rosbags'),
    'training': (*ROS, 'rosbags'),
    'residual_features_ros.ros': ('torch', 'training', 'rosbags'),
    'residual_features_ros.tools': ('torch', 'training'),
    'residual_features_ros.examples': ('torch', 'training', 'rosbags'),
}
IMPORTS = {name: parse_imports(name, path) for name, path in modules(ROOT).items()}


def layer(module):
    found = next((name for name in LAYERS if module == name or module.startswith(f'{name}.')), '')
    return 'core' if found == 'residual_features_ros' else found


def allowed(module):
    return LAYERS['residual_features_ros' if layer(module) == 'core' else layer(module)]


def offences(module, imported):
    """Return what a module imports that its layer may not."""
    strangers = STRANGERS.get(layer(module), ())
    return sorted(name for name in imported
                  if (layer(name) and layer(name) not in allowed(module))
                  or name.split('.')[0] in strangers)


@pytest.mark.parametrize('module', IMPORTS)
def test_a_module_imports_what_its_layer_may(module):
    assert offences(module, IMPORTS[module]) == []


@pytest.mark.parametrize(('module', 'imported'), [
    ('residual_features_ros.fusion', 'residual_features_ros.tools.command_line'),
    ('residual_features_ros.geometry.pose', 'residual_features_ros.ros.conversions'),
    ('residual_features_ros.datasets.kitti', 'training.data.cached'),
    ('residual_features_ros.extractor', 'rclpy.node'),
    ('residual_features_ros.network', 'torch'),
    ('residual_features_ros.ros.worker', 'residual_features_ros.tools.match'),
    ('residual_features_ros.ros.worker', 'residual_features_ros.examples.frames'),
    ('residual_features_ros.tools.match', 'training.train'),
    ('residual_features_ros.examples.frames', 'residual_features_ros.tools.match'),
    ('training.export', 'residual_features_ros.tools.engine'),
    ('training.export', 'residual_features_ros.ros.info'),
    ('training.learn.source', 'residual_features_ros.ros.info'),
    ('training.learn.source', 'rosbags.rosbag2'),
    ('training.data.pairs.sequence_pairs', 'residual_features_ros.tools.plots'),
    ('training.train', 'rclpy'),
])
def test_an_import_against_the_rules_is_told(module, imported):
    assert offences(module, [imported]) == [imported]


def test_there_is_no_circle_of_imports():
    assert circles(IMPORTS) == []


def test_a_circle_is_told():
    assert circles({'a': ['b'], 'b': ['c'], 'c': ['b', 'd'], 'd': []}) == [['b', 'c']]


def test_importing_the_package_loads_no_runtime():
    code = ('import sys, residual_features_ros as r; '
            'print(sorted({"torch", "rclpy", "onnxruntime", "openvino"} & set(sys.modules)))')
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == '[]'
