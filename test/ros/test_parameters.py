# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import itertools
import math

import pytest
from support.paths import CONFIG

pytest.importorskip('yaml', reason='pyyaml is not installed')
pytest.importorskip('rclpy', reason='rclpy is not installed')

import yaml
from rcl_interfaces.msg import ParameterType
from rclpy.exceptions import ParameterException
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
            assert descriptor.read_only is not (
                field.metadata['live'] or field.metadata['swapped'])
            ranges = [*descriptor.floating_point_range, *descriptor.integer_range]
            assert bool(ranges) is (field.metadata['low'] is not None)


def test_values_given_at_the_start(make):
    _, parameters = make(method='orb', ratio=0.9, backend=['openvino', 'onnxruntime'])
    assert parameters.get(ExtractorConfig).backend == ('openvino', 'onnxruntime')
    assert parameters.get(ExtractorConfig).method == 'orb'
    assert parameters.get(MatcherConfig).ratio == 0.9


@pytest.mark.parametrize(('name', 'given', 'taken'), [
    ('max_latency_ms', 50, 50.0), ('ratio', 1, 1.0), ('max_keypoints', 500.0, 500),
    ('sift_first_octave', -1.0, -1), ('backend', 'onnxruntime', ['onnxruntime']),
    ('backend', 'openvino, onnxruntime', ['openvino', 'onnxruntime'])])
def test_a_value_of_another_type_is_taken_where_nothing_is_lost(make, name, given, taken):
    node, parameters = make(**{name: given})
    value = node.get_parameter(name).value
    assert (value, type(value)) == (taken, type(taken))
    kept = {key: value for config in OF_NODE['extractor'][0]
            for key, value in dataclasses.asdict(parameters.get(type(config))).items()}[name]
    assert kept == (tuple(taken) if isinstance(taken, list) else taken)


@pytest.mark.parametrize(('name', 'given', 'words'), [
    ('max_keypoints', 500.5, "expecting type 'INTEGER'"),
    ('max_keypoints', 1e30, "expecting type 'INTEGER'"),
    ('max_keypoints', True, "expecting type 'INTEGER'"),
    ('ratio', True, "expecting type 'DOUBLE'"), ('ratio', 'high', "expecting type 'DOUBLE'"),
    ('ratio', 2, 'out of range'), ('ratio', math.nan, 'out of range'),
    ('backend', [1, 2], "expecting type 'STRING_ARRAY'"), ('lazy', 1, "expecting type 'BOOL'"),
    ('backend', None, 'backend is given without a value')])
def test_a_value_that_would_lose_something_is_refused(make, name, given, words):
    with pytest.raises((ParameterException, ConfigError), match=words):
        make(**{name: given})


def test_an_integer_is_taken_for_a_double_while_the_node_runs(make):
    node, parameters = make()
    done = node.set_parameters([Parameter('max_latency_ms', value=50),
                                Parameter('max_keypoints', value=70.0),
                                Parameter('ratio', value=True)])
    assert [result.successful for result in done] == [True, True, False]
    assert node.get_parameter('max_latency_ms').value == 50.0
    assert parameters.get(NodeConfig).max_latency_ms == 50.0
    assert parameters.get(ExtractorConfig).max_keypoints == 70
    assert node.set_parameters_atomically([Parameter('ratio', value=1)]).successful


@pytest.mark.parametrize('overrides, words', [
    ({'method': 'obr'}, 'did you mean orb'),
    ({'image_qos': 'best'}, 'known: auto, default, sensor_data'),
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


def test_settings_that_a_method_has_not_got_are_refused(make):
    def check(config):
        if config.ratio > 0.5:
            raise ConfigError(f'no ratio of {config.ratio:g} here')

    node, parameters = make()
    parameters.require(MatcherConfig, check)
    assert node.set_parameters_atomically([Parameter('ratio', value=0.4)]).successful
    refused = node.set_parameters_atomically([Parameter('ratio', value=0.6)])
    assert (refused.successful, refused.reason) == (False, 'no ratio of 0.6 here')
    assert parameters.get(MatcherConfig).ratio == node.get_parameter('ratio').value == 0.4
    _, others = make(ratio=0.9)
    with pytest.raises(ConfigError, match=r'no ratio of 0\.9 here'):
        others.require(MatcherConfig, check)


def test_parameters_describe_themselves(make):
    node, _ = make()
    ratio, method = node.describe_parameters(['ratio', 'method'])
    assert ratio.type == ParameterType.PARAMETER_DOUBLE and not ratio.read_only
    assert ratio.floating_point_range[0].to_value == 1.0 and 'best' in ratio.description
    assert method.read_only and 'rootsift' in method.additional_constraints


def test_frozen_parameters_stay_as_they_were(make):
    node, parameters = make()
    frozen = parameters.frozen()
    node.set_parameters([Parameter('max_keypoints', value=7), Parameter('ratio', value=0.5)])
    assert (parameters.get(ExtractorConfig).max_keypoints, parameters.get(MatcherConfig).ratio) \
        == (7, 0.5)
    assert (frozen.get(ExtractorConfig).max_keypoints, frozen.get(MatcherConfig).ratio) \
        == (1000, 0.0)


def test_a_watched_setting_is_refused_or_told_and_nothing_else_is(make):
    def check(folder):
        if folder == 'bad':
            raise ConfigError('bad weights')

    node, parameters = make()
    told = []
    parameters.watch('weights', check, told.append)
    for folder in ('good', 'bad', 'good'):
        done = node.set_parameters_atomically([Parameter('weights', value=folder)])
        assert done.successful == (folder != 'bad')
    node.set_parameters([Parameter('max_keypoints', value=7)])
    assert told == ['good', 'good'] and parameters.get(ExtractorConfig).weights == 'good'
