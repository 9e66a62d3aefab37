# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed')

from rclpy.qos import QoSProfile, ReliabilityPolicy

from residual_features_ros.errors import ConfigError
from residual_features_ros.ros.image_qos import check_overrides, image_qos, is_compatible, words

RELIABLE = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)
BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)


@pytest.mark.parametrize(('asked', 'offered', 'expected', 'depth'), [
    ('auto', [], 'best effort', 5), ('auto', [RELIABLE], 'reliable', 10),
    ('auto', [RELIABLE, RELIABLE], 'reliable', 10), ('auto', [BEST_EFFORT], 'best effort', 5),
    ('auto', [RELIABLE, BEST_EFFORT], 'best effort', 5),
    ('sensor_data', [RELIABLE], 'best effort', 5), ('default', [BEST_EFFORT], 'reliable', 10)])
def test_what_is_asked_for_or_offered(asked, offered, expected, depth):
    qos = image_qos(asked, offered)
    assert (words(qos), qos.depth) == (expected, depth)


def test_a_profile_is_new_each_time():
    """rclpy writes what qos_overrides.* say into the profile that it is given."""
    image_qos('default', []).depth = 3
    assert image_qos('default', []).depth == 10


def test_a_reliable_subscription_does_not_hear_a_best_effort_publisher():
    assert not is_compatible(RELIABLE, BEST_EFFORT)
    assert is_compatible(RELIABLE, RELIABLE) and is_compatible(BEST_EFFORT, RELIABLE)


def node_with(name, value):
    return SimpleNamespace(_parameter_overrides={
        f'qos_overrides./a.subscription.{name}': SimpleNamespace(value=value)})


@pytest.mark.parametrize(('name', 'value'), [
    ('reliability', 'best_effort'), ('history', 'keep_all'), ('depth', 3)])
def test_overrides_of_a_topic(name, value):
    node = node_with(name, value)
    assert check_overrides(node, '/a') == [f'qos_overrides./a.subscription.{name}']
    assert check_overrides(node, '/b') == []


@pytest.mark.parametrize(('name', 'value', 'words'), [
    ('reliability', 'reliabel', 'did you mean reliable'), ('history', 5, 'known: keep_all'),
    ('depth', 'ten', 'whole number'), ('depth', 0, 'from 1'), ('depth', True, 'whole number')])
def test_overrides_that_no_policy_has(name, value, words):
    with pytest.raises(ConfigError, match=words):
        check_overrides(node_with(name, value), '/a')
