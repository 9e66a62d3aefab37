# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import itertools

import pytest
from support.paths import CONFIG

pytest.importorskip('yaml', reason='pyyaml is not installed')
pytest.importorskip('rclpy', reason='rclpy is not installed')

import yaml
from rclpy.node import Node
from rclpy.parameter import Parameter

from residual_features_ros import ConfigError, ExtractorConfig, MatcherConfig
from residual_features_ros.backends import BACKENDS
from residual_features_ros.registry import METHODS
from residual_features_ros.ros.node_config import NODES, NodeConfig
from residual_features_ros.ros.parameters import NodeParameters

OF_NODE = {name: (settings.configs, settings.leave_out) for name, settings in NODES.items()}
names = (f'parameters_{number}' for number in itertools.count())


@pytest.fixture
def make(probe):
    nodes = []

    def make_parameters(kind='extractor', **overrides):
        nodes.append(Node(next(names), parameter_overrides=[
            Parameter(name, value=value) for name, value in overrides.items()]))
        defaults, leave_out = OF_NODE[kind]
        return nodes[-1], NodeParameters(nodes[-1], defaults, leave_out)

    yield make_parameters
    for node in nodes:
        node.destroy_node()


@pytest.mark.parametrize('kind', OF_NODE)
def test_the_yaml_file_lists_every_parameter_with_its_default(make, kind):
    written = yaml.safe_load((CONFIG / f'{kind}.yaml').read_text())['/**']['ros__parameters']
    node, parameters = make(kind)
    defaults, leave_out = OF_NODE[kind]
    declared = {field.name: node.get_parameter(field.name).value for config in defaults
                for field in dataclasses.fields(config) if field.name not in leave_out}
    assert written == {name: list(value) if isinstance(value, (list, tuple)) else value
                       for name, value in declared.items()}
    for config in defaults:
        assert parameters.get(type(config)) == config


@pytest.mark.parametrize('preset', ['accurate', 'balanced', 'fast'])
def test_presets_set_what_exists(make, preset):
    written = yaml.safe_load((CONFIG / f'{preset}.yaml').read_text())['/**']['ros__parameters']
    _, parameters = make('extractor', **written)
    settings = dataclasses.asdict(parameters.get(ExtractorConfig))
    assert {key: list(settings[key]) if isinstance(settings[key], tuple) else settings[key]
            for key in written} == written
    assert written['method'] in METHODS and set(written['backend']) <= set(BACKENDS)


@pytest.mark.parametrize('kind', OF_NODE)
def test_descriptors_come_from_the_config(make, kind):
    node, _ = make(kind)
    defaults, leave_out = OF_NODE[kind]
    for config in defaults:
        for field in dataclasses.fields(config):
            if field.name in leave_out:
                assert not node.has_parameter(field.name)
                continue
            descriptor = node.describe_parameter(field.name)
            assert descriptor.description == field.metadata['meaning']
            assert descriptor.read_only is not field.metadata['live']
            ranges = [*descriptor.floating_point_range, *descriptor.integer_range]
            assert bool(ranges) is (field.metadata['low'] is not None)


def test_values_given_at_the_start(make):
    _, parameters = make(method='orb', ratio=0.9, backend=['openvino', 'onnxruntime'])
    assert parameters.get(ExtractorConfig).backend == ('openvino', 'onnxruntime')
    assert parameters.get(ExtractorConfig).method == 'orb'
    assert parameters.get(MatcherConfig).ratio == 0.9


@pytest.mark.parametrize('overrides, words', [
    ({'method': 'obr'}, 'did you mean orb'),
    ({'image_qos': 'best'}, 'known: default, sensor_data'),
    ({'min_disparity_px': 300.0}, 'larger than'),
])
def test_values_that_are_not_allowed(make, overrides, words):
    with pytest.raises(ConfigError, match=words):
        make('stereo', **overrides)


def test_changes_apply_all_or_none(make):
    node, parameters = make('stereo')
    assert node.set_parameters_atomically([
        Parameter('min_disparity_px', value=-5.0), Parameter('max_disparity_px', value=64.0),
        Parameter('lazy', value=False)]).successful
    matcher = parameters.get(MatcherConfig)
    assert (matcher.min_disparity_px, matcher.max_disparity_px) == (-5.0, 64.0)
    assert matcher.matcher == 'stereo_rectified' and not parameters.get(NodeConfig).lazy
    refused = node.set_parameters_atomically([
        Parameter('min_disparity_px', value=65.0), Parameter('ratio', value=0.5)])
    assert not refused.successful
    assert refused.reason == 'min_disparity_px 65 is larger than max_disparity_px 64'
    assert parameters.get(MatcherConfig) == matcher
    assert node.get_parameter('ratio').value == 0.0
