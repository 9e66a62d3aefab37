# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The extractor node as a managed one, a process of its own."""
import pytest
from support.image_messages import ros_image
from support.pictures import textured

pytest.importorskip('rclpy', reason='rclpy is not installed')

from lifecycle_msgs.msg import Transition
from rclpy.parameter_client import AsyncParameterClient
from sensor_msgs.msg import Image, PointCloud2
from support.lifecycle_manager import Manager


def test_a_managed_node_works_in_the_state_active_alone(probe, start_node, stop_node):
    process = start_node('extractor_node', '/managed', method='orb', lifecycle=True,
                         autostart=False)
    manager = Manager(probe, '/managed/extractor')
    assert manager.state() == 'unconfigured'
    with probe.listen(PointCloud2, '/managed/features') as heard, \
            probe.publisher(Image, '/managed/image_raw', subscribers=0) as camera:
        manager.change(Transition.TRANSITION_CONFIGURE, 'inactive')
        probe.wait_for(lambda: not camera.get_subscription_count(), 'no subscription')
        assert not heard
        manager.change(Transition.TRANSITION_ACTIVATE, 'active')
        probe.wait_for(camera.get_subscription_count, 'a subscription')
        probe.wait_for(lambda: heard or camera.publish(ros_image(textured())), 'features')
        manager.change(Transition.TRANSITION_DEACTIVATE, 'inactive')
        probe.wait_for(lambda: not camera.get_subscription_count(), 'no subscription')
        manager.change(Transition.TRANSITION_CLEANUP, 'unconfigured')
        manager.change(Transition.TRANSITION_UNCONFIGURED_SHUTDOWN, 'finalized')
    code, log = stop_node(process)
    assert code == 0 and 'Traceback' not in log


def test_a_managed_node_activates_itself(probe, start_node, stop_node):
    process = start_node('extractor_node', '/selfish', method='orb', lifecycle=True)
    manager = Manager(probe, '/selfish/extractor')
    probe.wait_for(lambda: manager.state() == 'active', 'the state active')
    with probe.listen(PointCloud2, '/selfish/features') as heard, \
            probe.publisher(Image, '/selfish/image_raw') as camera:
        probe.wait_for(lambda: heard or camera.publish(ros_image(textured())), 'features')
    assert stop_node(process)[0] == 0


def test_a_node_that_is_not_managed_has_no_lifecycle_services(probe, start_node, stop_node):
    process = start_node('extractor_node', '/plain', method='orb')
    AsyncParameterClient(probe.node, '/plain/extractor').wait_for_services(10)
    services = [name for name, _ in probe.node.get_service_names_and_types()
                if name.startswith('/plain/')]
    assert services and not [name for name in services if name.endswith('change_state')]
    code, log = stop_node(process)
    assert code == 0, log
