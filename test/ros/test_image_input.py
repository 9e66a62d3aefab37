# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The input in this process, its cameras over real DDS."""
import itertools
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace

import numpy as np
import pytest
from support.image_messages import ros_image

pytest.importorskip('rclpy', reason='rclpy is not installed')

import rclpy
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CompressedImage, Image, PointCloud2

from residual_features_ros.ros import image_input
from residual_features_ros.ros.image_input import ImageInput
from residual_features_ros.ros.node_config import NodeConfig
from residual_features_ros.ros.troubles import Troubles

RELIABLE = QoSProfile(depth=5, reliability=ReliabilityPolicy.RELIABLE)
BEST_EFFORT = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
topics = (f'/input_{number}/image_raw' for number in itertools.count())


class Ear:
    """An input of a node that the probe spins, and what it tells."""

    def __init__(self, probe, topic, **settings):
        self.probe, self.topic = probe, topic
        self.images, self.lost, self.said = [], [], []
        self.troubles = Troubles(self.said.append)
        self.input = ImageInput(probe.node, topic, NodeConfig(**settings), self.images.append,
                                self.lost.append, self.troubles)
        self.follow = self.input.subscription.follow
        self.follow(True)

    def hears(self, camera, reliability):
        """Follow until our subscription has the QoS and an image of the camera comes."""
        def heard():
            self.follow(True)
            camera.publish(ros_image(np.zeros((4, 6, 3), np.uint8), stamp=(next(stamps), 0)))
            return self.images
        stamps = itertools.count(1)
        self.images.clear()
        self.probe.wait_for(lambda: (self.subscribed() == reliability and heard()) or
                            self.follow(True), reliability)

    def subscribed(self):
        found = self.probe.node.get_subscriptions_info_by_topic(self.topic)
        return found[-1].qos_profile.reliability.name if len(found) == 1 else None


@pytest.fixture
def ear(probe):
    ears = []

    def make(topic, **settings):
        ears.append(Ear(probe, topic, **settings))
        return ears[-1]

    yield make
    for one in ears:
        probe.wait_for(lambda one=one: one.follow(False) or not one.subscribed(), 'the end')


@contextmanager
def camera(probe, topic, qos, kind=Image):
    publisher = probe.node.create_publisher(kind, topic, qos)
    try:
        yield publisher
    finally:
        probe.node.destroy_publisher(publisher)


def test_auto_follows_the_publishers(probe, ear):
    topic = next(topics)
    one = ear(topic)
    probe.wait_for(lambda: one.subscribed() == 'BEST_EFFORT', 'best effort before any camera')
    with camera(probe, topic, RELIABLE) as first:
        one.hears(first, 'RELIABLE')
        with camera(probe, topic, BEST_EFFORT) as second:
            one.hears(second, 'BEST_EFFORT')
            one.hears(first, 'BEST_EFFORT')
        one.hears(first, 'RELIABLE')
    with camera(probe, topic, BEST_EFFORT) as third:
        one.hears(third, 'BEST_EFFORT')


def test_nothing_is_subscribed_while_nothing_is_wanted(probe, ear):
    topic = next(topics)
    one = ear(topic)
    probe.wait_for(one.subscribed, 'a subscription')
    one.follow(False)
    assert one.subscribed()  # too young to end
    probe.wait_for(lambda: one.follow(False) or not probe.node.count_subscribers(topic),
                   'its end')
    one.follow(True)
    probe.wait_for(one.subscribed, 'a subscription')


@pytest.mark.parametrize('asked', ['auto', 'sensor_data'])
def test_qos_overrides_go_before_and_are_of_their_topic_alone(probe, asked):
    left, right = next(topics), next(topics)
    node = Node(f'overriding_{asked}', parameter_overrides=[
        Parameter(f'qos_overrides.{left}.subscription.reliability', value='reliable')])
    troubles = Troubles(lambda words: None)
    inputs = [ImageInput(node, topic, NodeConfig(image_qos=asked), lambda image: None,
                         lambda count: None, troubles) for topic in (left, right)]
    for one in inputs:
        one.subscription.follow(True)
    for topic, expected in ((left, 'RELIABLE'), (right, 'BEST_EFFORT')):
        found = probe.wait_for(lambda topic=topic: node.get_subscriptions_info_by_topic(topic),
                               topic)
        assert found[0].qos_profile.reliability.name == expected
    assert [len(one.subscription.overrides) for one in inputs] == [1, 0]
    node.destroy_node()


@pytest.mark.parametrize(('publishes', 'settings', 'words'), [
    ([(Image, '')], {'image_transport': 'compressed'}, 'set image_transport to raw'),
    ([(CompressedImage, '/compressed')], {}, 'set image_transport to compressed'),
    ([(Image, 's')], {}, 'nobody publishes there; there are '),
    ([(Image, '')], {}, 'publishes there and sends nothing that arrives')])
@pytest.mark.parametrize('wanted', [True, False])
def test_silence_names_what_there_is(probe, ear, monkeypatch, publishes, settings, words, wanted):
    topic = next(topics)
    one = ear(topic, **settings)
    assert one.input.silence() == ''  # too early to tell
    monkeypatch.setattr(image_input, 'SILENT_AFTER_S', 0.0)
    with ExitStack() as cameras:
        for kind, ending in publishes:
            cameras.enter_context(camera(probe, topic + ending, RELIABLE, kind))
            probe.wait_for(lambda e=ending: probe.node.count_publishers(topic + e), 'a camera')
        if not wanted:
            probe.wait_for(lambda: one.follow(False) or not one.subscribed(), 'the end')
        if not wanted and words.startswith('publishes'):  # without listeners that is right
            assert one.input.silence() == '' and one.said == []
        else:
            assert words in probe.wait_for(
                lambda: words in one.input.silence() and one.input.silence(), words)
            assert words in one.said[-1] and one.topic in one.said[-1]
            one.input.silence()
            assert sum(words in line for line in one.said) == 1


def test_another_type_on_the_topic(probe, ear, monkeypatch):
    topic = next(topics)
    one = ear(topic)
    monkeypatch.setattr(image_input, 'SILENT_AFTER_S', 0.0)
    words = '/stranger (sensor_msgs/msg/PointCloud2, reliable) sends another type'
    context = rclpy.Context()  # in our own, DDS would refuse a second type
    rclpy.init(context=context)
    stranger = rclpy.create_node('stranger', context=context)
    stranger.create_publisher(PointCloud2, topic, RELIABLE)
    probe.wait_for(lambda: words in one.input.silence(), words)
    stranger.destroy_node()
    context.try_shutdown()


def test_a_camera_that_asks_for_less_than_we_do(probe, ear, monkeypatch):
    topic = next(topics)
    one = ear(topic, image_qos='default')
    monkeypatch.setattr(image_input, 'SILENT_AFTER_S', 0.0)
    with camera(probe, topic, BEST_EFFORT):
        probe.wait_for(lambda: 'set image_qos to auto' in one.input.silence(), 'the remedy')


def test_losses_are_counted_and_told_once(ear):
    one = ear(next(topics), image_qos='sensor_data')
    for total in (3, 7):
        one.input.subscription.note_lost(
            SimpleNamespace(total_count=total, total_count_change=total - 3 or 3))
    assert one.lost == [3, 4] and len(one.said) == 1
    assert 'set image_qos to auto' in one.said[0] and 'fastdds.xml' in one.said[0]
    assert '7 images' in one.troubles.take()[0]


def test_stamps_that_tell_nothing_apart_are_told(probe, ear):
    topic = next(topics)
    one = ear(topic)
    with camera(probe, topic, RELIABLE) as publisher:
        probe.wait_for(publisher.get_subscription_count, 'us')
        for number, stamp in enumerate([(5, 0), (5, 0), (4, 0), (0, 0), (0, 0)], 1):
            publisher.publish(ros_image(np.zeros((4, 6, 3), np.uint8), stamp=stamp))
            probe.wait_for(lambda n=number: len(one.images) >= n, 'an image')
    assert one.input.frame_id == 'camera'
    assert [next(word for word in ('came again', 'went back', 'is zero') if word in words)
            for words in one.said] == ['came again', 'went back', 'is zero']


def test_several_publishers_are_told(probe, ear):
    topic = next(topics)
    one = ear(topic)
    with camera(probe, topic, RELIABLE), camera(probe, topic, RELIABLE):
        probe.wait_for(lambda: one.input.complain_of_many_publishers() or one.said, 'a complaint')
    assert f'2 publishers on {topic}: /probe, /probe' in one.said[0]
