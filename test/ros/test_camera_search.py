# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The search over real DDS, in a domain in which no other test has cameras."""
import itertools
import os
import subprocess
import threading
import time

import pytest
from support.ros_nodes import PROFILE, finish

pytest.importorskip('rclpy', reason='rclpy is not installed')

import rclpy
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from residual_features_ros.errors import ConfigError
from residual_features_ros.ros import camera_search, cameras
from residual_features_ros.ros.camera_search import CameraSearch, is_wanted
from residual_features_ros.ros.troubles import Troubles
from residual_features_ros.tools.harness import processes

DOMAIN = 1 + (os.getpid() + 50) % 100  # not the one of the other tests
names = (f'camera_{number}' for number in itertools.count())


class Bench:
    """A domain of its own: nodes of it need no spinning to be seen."""

    def __init__(self, context):
        self._context, self.taken, self.said = context, [], []
        self._nodes = []
        self.troubles = Troubles(self.said.append)
        self.searcher = self.node('searcher')

    def node(self, name, *words):
        self._nodes.append(rclpy.create_node(
            name, context=self._context, cli_args=['--ros-args', *words] if words else None))
        return self._nodes[-1]

    def camera(self, topic, kind=Image):
        node = self.node(next(names))
        return node, node.create_publisher(kind, topic, 5)

    def search(self, transport='raw', ours=(), take=None):
        return CameraSearch(self.searcher, '/image_raw', transport, ours,
                            take or (lambda camera: self.taken.append(camera) or True),
                            self.troubles)

    def look_until(self, search, condition):
        until = time.monotonic() + 30
        while time.monotonic() < until:
            search.look()
            if condition():
                return
            time.sleep(0.05)
        raise AssertionError(self.said)


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.setattr(cameras, 'SETTLED_S', 0.4)
    monkeypatch.setattr(camera_search, 'SILENT_AFTER_S', 0.2)
    context = rclpy.Context()
    rclpy.init(context=context, domain_id=DOMAIN)
    yield Bench(context)
    context.try_shutdown()


def test_a_camera_that_comes_later_is_taken_and_others_are_told_once(bench):
    search = bench.search()
    bench.look_until(search, lambda: bench.said)
    assert 'no camera found yet: nobody publishes images' in bench.said[0]
    assert 'camera:=v4l2' in search.silence()
    bench.camera('/front/image', CompressedImage)  # no name that a node subscribes to
    bench.camera('/front/image/compressed', CompressedImage)
    bench.look_until(search, lambda: search.found)
    assert [(one.topic, one.transport) for one in bench.taken] == [('/front/image', 'compressed')]
    assert search.silence() == '' and len(bench.said) == 1
    bench.camera('/back/image')
    bench.look_until(search, lambda: len(bench.said) > 1)
    assert len(bench.troubles.take()) == 2
    search.look()
    assert len(bench.said) == 2 and len(bench.taken) == 1 and bench.troubles.take() == []
    assert 'features go on with /front/image; to take another, launch with image_topic:=/back' \
        in bench.said[1]


def test_none_of_several_is_taken_until_one_is_left(bench):
    bench.camera('/left/image')
    node, publisher = bench.camera('/right/image')
    search = bench.search(ours=['/mask'])
    bench.camera('/mask')
    bench.look_until(search, lambda: any('none is chosen' in words for words in bench.said))
    assert 'image_topic:=/left/image ' in bench.said[-1] and '/mask' not in bench.said[-1]
    time.sleep(2 * cameras.SETTLED_S)
    search.look()
    assert not bench.taken and '2 image topics' in search.silence()
    node.destroy_publisher(publisher)
    bench.look_until(search, lambda: search.found)
    assert bench.taken[0].topic == '/left/image'


def test_the_name_that_the_node_asks_for_is_taken_among_others_at_once(bench):
    bench.camera('/other/image')
    bench.camera('/image_raw')
    search = bench.search()
    bench.look_until(search, lambda: search.found)
    assert bench.taken[0].topic == '/image_raw'
    search.look()
    assert bench.said == []


def test_another_type_on_that_name_is_left_to_the_input_to_tell(bench):
    bench.camera('/image_raw', CameraInfo)
    search = bench.search()
    while not bench.searcher.count_publishers('/image_raw'):
        time.sleep(0.05)
    time.sleep(camera_search.SILENT_AFTER_S)
    search.look()
    assert bench.said == [] and search.silence() == '' and not search.found


def test_a_camera_that_cannot_be_taken_yet_is_tried_again(bench):
    tried = []

    def take(camera):
        tried.append(camera)
        if len(tried) == 1:
            raise ConfigError('depth must be a whole number')
        return len(tried) > 2

    bench.camera('/image_raw')
    search = bench.search(take=take)
    bench.look_until(search, lambda: search.found)
    assert len(tried) == 3 and 'cannot be taken: depth must be' in bench.said[0]


def test_it_is_wanted_where_nothing_says_where_images_are(bench):
    assert is_wanted(bench.searcher, 'image_raw')
    assert not is_wanted(bench.node('remapped', '-r', 'image_raw:=/cam/image'), 'image_raw')
    assert not is_wanted(bench.node('inside', '-r', '__ns:=/robot'), 'image_raw')


def read_until(process, words):
    guard = threading.Timer(60, process.kill)
    guard.start()
    lines = []
    for line in iter(process.stderr.readline, b''):
        lines.append(line.decode())
        if words in lines[-1]:
            guard.cancel()
            return lines
    raise AssertionError(f'no {words!r} in {"".join(lines)}')


def test_the_node_takes_the_camera_and_the_calibration_beside_it(bench, tmp_path):
    env = {**processes.environment(PROFILE, tmp_path), 'ROS_DOMAIN_ID': str(DOMAIN)}
    node, _ = bench.camera('/front/image')
    info = node.create_publisher(CameraInfo, '/front/camera_info', 5)
    words = ['--ros-args', '-p', 'method:=orb', '-p', 'lazy:=false', '-p',
             'qos_overrides./front/image.subscription.depth:=3']
    process = processes.start('residual_features_ros.ros.extractor_node', words, env,
                              subprocess.PIPE)
    try:
        log = read_until(process, 'found one camera and take it: /front/image of /camera')
        assert '; /front/camera_info' in log[-1]
        assert 'subscribed to /front/image (reliable)' in read_until(process, 'subscribed')[-1]
        subscribed, = bench.searcher.get_subscriptions_info_by_topic('/front/camera_info')
        assert subscribed.node_name == 'extractor' and info.get_subscription_count() == 1
        assert not bench.searcher.count_subscribers('/image_raw')
        assert not bench.searcher.count_subscribers('/camera_info')
        process.terminate()
        code, log = finish(process)
        assert code == 0 and 'is ignored' not in log and 'Traceback' not in log
    finally:
        processes.stop(process)
