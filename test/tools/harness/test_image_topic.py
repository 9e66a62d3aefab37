# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import contextlib
import itertools
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed')

from rclpy.qos import ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from support.image_messages import ros_image
from support.ros_nodes import TIMEOUT_S

from residual_features_ros.errors import ConfigError
from residual_features_ros.ros import image_input
from residual_features_ros.tools.harness.client import receiving
from residual_features_ros.tools.harness.image_topic import LATE, UNREADABLE, ImageTopic

pytestmark = pytest.mark.usefixtures('probe')  # has called rclpy.init
numbers = itertools.count()


@contextlib.contextmanager
def listening(suffix=''):
    told = []
    topic = ImageTopic('listener', f'/topic_{next(numbers)}/image_raw{suffix}', told.append)
    with receiving(topic):
        yield topic, told


def wait_until_reliable(probe, topic):
    """Wait until it follows the QoS of a publisher: before that it may miss images."""
    probe.wait_for(lambda: [info.qos_profile.reliability for info in
                            probe.node.get_subscriptions_info_by_topic(topic.topic)]
                   == [ReliabilityPolicy.RELIABLE], 'a reliable subscription')


def test_the_newest_image_waits_and_what_it_replaces_is_counted(probe):
    with listening() as (topic, _), probe.publisher(Image, topic.topic) as camera:
        wait_until_reliable(probe, topic)
        for number in range(3):
            image = np.full((20, 30, 3), number, np.uint8)
            camera.publish(ros_image(image, stamp=(1, number)))
        probe.wait_for(lambda: topic.counts().get(LATE) == 2, 'two images that are late')
        stamp, image = topic.take()
        assert stamp == 10**9 + 2 and (image == 2).all() and image.shape == (20, 30, 3)


def test_what_is_no_image_is_counted_and_told(probe):
    image = np.zeros((20, 30, 3), np.uint8)
    with listening() as (topic, told), probe.publisher(Image, topic.topic) as camera, \
            ThreadPoolExecutor() as pool:
        wait_until_reliable(probe, topic)
        taken = pool.submit(topic.take)
        bad = ros_image(image)
        bad.step = 7
        camera.publish(bad)
        probe.wait_for(lambda: topic.counts().get(UNREADABLE) == 1, 'an image that is none')
        camera.publish(ros_image(image, stamp=(1, 4)))
        assert taken.result(TIMEOUT_S)[0] == 10**9 + 4
        assert any('step of 7 bytes' in words for words in told)


def test_the_camera_is_beside_a_compressed_topic(probe):
    with listening('/compressed') as (topic, _), \
            probe.publisher(CompressedImage, topic.topic) as camera, \
            probe.publisher(CameraInfo, topic.info_topic) as info:
        assert topic.info_topic == topic.topic.removesuffix('image_raw/compressed') + 'camera_info'
        assert topic.camera_info(0) is None
        info.publish(CameraInfo(width=64, height=48))
        assert topic.camera_info(30).width == 64
        wait_until_reliable(probe, topic)
        _, data = cv2.imencode('.png', np.full((48, 64), 9, np.uint8))
        camera.publish(CompressedImage(format='png', data=data.tobytes()))
        _, image = topic.take()
        assert image.shape[:2] == (48, 64) and (image == 9).all()


def test_silence_is_told(probe, monkeypatch):
    monkeypatch.setattr(image_input, 'SILENT_AFTER_S', .5)
    with listening() as (topic, told):
        probe.wait_for(lambda: told, 'a word of silence')
        assert topic.topic in told[0] and 'nobody publishes there' in told[0]


def test_what_is_no_name_of_a_topic_is_refused():
    with pytest.raises(ConfigError, match="'a b' is no name of a topic"):
        ImageTopic('listener', 'a b', print)
