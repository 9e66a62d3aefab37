# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every setting that the nodes declare as live takes effect while they run; QoS of outputs."""
import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed')

from support.live_settings import EFFECTS, RunningNode
from support.node_answers import diagnostics, latched_info

CASES = sorted((kind, method, name) for kind, effects in EFFECTS.items()
               for name, (method, _) in effects.items())


@pytest.fixture(scope='module')
def running(probe, start_node, stop_node):
    """Return a function that gives the node of a kind and a method; one runs at a time."""
    nodes = {}

    def stop_all():
        for node, process in nodes.values():
            node.close()
            code, log = stop_node(process)
            assert code == 0 and 'Traceback' not in log
        nodes.clear()

    def node_of(kind, method):
        if (kind, method) not in nodes:
            stop_all()
            namespace = f'/live_{kind}_{method}'
            process = start_node(f'{kind}_node', namespace, method=method, image_qos='default')
            nodes[kind, method] = RunningNode(probe, kind, namespace), process
        return nodes[kind, method][0]

    yield node_of
    stop_all()


@pytest.mark.parametrize('kind', EFFECTS)
def test_every_live_setting_of_a_node_has_an_effect_here(running, kind):
    assert running(kind, 'orb').live() == set(EFFECTS[kind])


@pytest.mark.parametrize(('kind', 'method', 'name'), CASES)
def test_a_live_setting_takes_effect_while_the_node_runs(running, kind, method, name):
    node = running(kind, method)
    default = node.get(name)
    try:
        EFFECTS[kind][name][1](node, name)
    finally:
        node.set(name, default)


def test_outputs_have_qos_overrides(probe, start_node, stop_node):
    process = start_node('extractor_node', '/overridden', method='orb', **{
        'qos_overrides./overridden/features.publisher.reliability': 'best_effort',
        'qos_overrides./overridden/featurs.publisher.depth': 1})
    found = probe.wait_for(
        lambda: probe.node.get_publishers_info_by_topic('/overridden/features'), 'features')
    assert found[0].qos_profile.reliability.name == 'BEST_EFFORT'
    latched_info(probe, '/overridden')
    diagnostics(probe, '/overridden', lambda *_: True)
    code, log = stop_node(process)
    assert code == 0 and "featurs.publisher.depth' is ignored" in log
