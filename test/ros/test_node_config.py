# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The settings of the nodes and their YAML files, without ROS."""
import dataclasses

import pytest
from support.paths import CONFIG

from residual_features_ros.backends import BACKENDS
from residual_features_ros.config import from_mapping
from residual_features_ros.errors import ConfigError
from residual_features_ros.ros.node_config import NODES, NodeConfig, StereoConfig, TrackingConfig

PRESETS = ('accurate', 'balanced', 'fast', 'one_core')
yaml = pytest.importorskip('yaml', reason='pyyaml is not installed')


def parameters_of(name):
    return yaml.safe_load((CONFIG / f'{name}.yaml').read_text())['/**']['ros__parameters']


def load(node, given):
    """Return the configs of a node with the parameters that are given, each config checked."""
    names = {field.name: type(config) for config in NODES[node].configs
             for field in dataclasses.fields(config) if field.name not in NODES[node].leave_out}
    assert set(given) <= set(names)
    return [from_mapping(type(config), {
        **dataclasses.asdict(config),
        **{key: value for key, value in given.items() if names[key] is type(config)}})
        for config in NODES[node].configs]


@pytest.mark.parametrize('node', NODES)
def test_a_file_gives_each_parameter_its_default(node):
    settings, written = NODES[node], parameters_of(node)
    assert load(node, written) == settings.configs
    assert set(written) == {field.name for config in settings.configs
                            for field in dataclasses.fields(config)} - {*settings.leave_out}


@pytest.mark.parametrize('node', NODES)
@pytest.mark.parametrize('preset', PRESETS)
def test_presets_are_settings_of_both_nodes(node, preset):
    given = parameters_of(preset)
    configs = load(node, given)
    extractor = configs[0]
    found = {key: getattr(config, key) for config in configs for key in given
             if hasattr(config, key)}
    assert found == {
        key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    assert set(extractor.backend) <= set(BACKENDS)


def test_each_file_is_a_node_s_or_a_preset():
    assert {path.stem for path in CONFIG.glob('*.yaml')} == {*NODES, *PRESETS}


@pytest.mark.parametrize(('make', 'words'), [
    (lambda: NodeConfig(image_qos='best'), 'known: auto, default, sensor_data'),
    (lambda: TrackingConfig(keyframe_min_matches=-1), r'must be in \[0, 50000\]'),
    (lambda: StereoConfig(pairing_queue=0), r'must be in \[1, 1000\]')])
def test_values_are_checked(make, words):
    with pytest.raises(ConfigError, match=words):
        make()
