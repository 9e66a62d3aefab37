# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""examples/slam_backend.py as a process: messages of a known way in over DDS, a map out."""
import importlib.util
import itertools
import json
import time
from contextlib import ExitStack

import numpy as np
import pytest
from support.slam_scene import CAMERA, SIZE, image, misplaced, nothing

from residual_features_ros.geometry.trajectory import Trajectory

NEEDED = ('rclpy', 'nav_msgs', 'geometry_msgs', 'rosbags', 'gtsam')
missing = [name for name in NEEDED if not importlib.util.find_spec(name)]
pytestmark = pytest.mark.skipif(bool(missing), reason=f'{", ".join(missing)} not installed')
NUMBERS = itertools.count()
INFO = {'descriptor_encoding': 'binary', 'image_width': SIZE[0], 'image_height': SIZE[1],
        'image_geometry': 'raw', 'vocabulary': {'words': 1500}, 'loops': {'loop_candidates': True}}
COUNT = 12
RESEND_S = 5.0


@pytest.fixture
def namespace():
    """Return one of its own for each test: nodes of other tests may still be there."""
    return f'/slam_{next(NUMBERS)}'


@pytest.fixture
def stack():
    with ExitStack() as opened:
        yield opened


class Camera:
    """What slam_backend subscribes to in a namespace, and what it sends."""

    def __init__(self, probe, namespace, stack, info=INFO):
        from geometry_msgs.msg import PoseStamped
        from nav_msgs.msg import Path
        from rclpy.qos import DurabilityPolicy, QoSProfile
        from rclpy.serialization import deserialize_message
        from sensor_msgs.msg import CameraInfo, PointCloud2
        from std_msgs.msg import Empty, String

        from residual_features_ros.tools.bags.rosbag import STORE
        from residual_features_ros.tools.make_bag.run import INFO as CAMERA_INFO
        from residual_features_ros.tools.make_bag.run import info_message
        self.probe = probe
        self.poses, self.paths, self.clouds = [
            stack.enter_context(probe.listen(kind, f'{namespace}/{topic}')) for kind, topic in
            ((PoseStamped, 'pose'), (Path, 'path'), (PointCloud2, 'points'))]
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        told = stack.enter_context(probe.publisher(String, f'{namespace}/features_info', latched))
        self.tell = lambda info: told.publish(String(data=json.dumps(info)))
        self.tell(info)
        self.infos, self.features, self.place, self.loops = [
            stack.enter_context(probe.publisher(kind, f'{namespace}/{topic}')) for kind, topic in
            ((CameraInfo, 'camera_info'), (PointCloud2, 'features'), (PointCloud2, 'place'),
             (PointCloud2, 'loop_candidates'))]
        self.reset = stack.enter_context(
            probe.publisher(Empty, f'{namespace}/slam_backend/reset'))
        self.info = deserialize_message(
            bytes(STORE.serialize_cdr(info_message(CAMERA, 0), CAMERA_INFO)), CameraInfo)
        self.spin(20)  # until the node has found our publishers as well

    def spin(self, times):
        import rclpy
        for _ in range(times):
            self.infos.publish(self.info)
            rclpy.spin_once(self.probe.node, timeout_sec=0.05)

    def send(self, k, features=None, loops=(), words=True, shift_s=0):
        """Send the messages of an image in the order of the node."""
        from std_msgs.msg import Header

        from residual_features_ros.loop_closing import LoopCandidate
        from residual_features_ros.ros.conversions import features_to_message
        from residual_features_ros.ros.place_messages import loops_to_message, place_to_message
        stamp_ns, seen, bag = image(k)
        header = Header(frame_id='camera')
        header.stamp.sec, header.stamp.nanosec = divmod(stamp_ns + shift_s * 10**9, 10**9)
        self.features.publish(features_to_message(
            seen if features is None else features, header))
        if not words:
            return
        self.place.publish(place_to_message(bag, header))
        self.loops.publish(loops_to_message([
            LoopCandidate(divmod(image(other)[0], 10**9), 0.5, 100, 50) for other in loops],
            header))

    def drive(self, numbers, **given):
        """Send images one after the other and wait for the pose of each, but for the first."""
        self.begin(*numbers[:2], **given)
        for k in numbers[2:]:
            self.send(k, **given)
            self.wait(k)

    def begin(self, first, second, **given):
        """Send the two images that a map begins with, until it does.

        A busy node may not have found all our publishers yet, and goes without what it misses.
        """
        before, due = len(self.poses), 0.0

        def begun():
            nonlocal due
            if len(self.poses) > before:
                return True
            if time.monotonic() > due:
                self.send(first, **given)
                self.spin(6)
                self.send(second, **given)
                due = time.monotonic() + RESEND_S
            return False

        self.probe.wait_for(begun, f'pose {second}')

    def wait(self, k):
        before = len(self.poses)
        self.probe.wait_for(lambda: len(self.poses) > before, f'pose {k}')


def trajectory(poses):
    from residual_features_ros.geometry.pose import pose_from
    stamps = [pose.header.stamp.sec * 10**9 + pose.header.stamp.nanosec for pose in poses]
    return Trajectory(np.array(stamps), np.array([pose_from(
        *([getattr(part, axis) for axis in axes] for part, axes in
          ((pose.pose.position, 'xyz'), (pose.pose.orientation, 'xyzw')))) for pose in poses]))


def test_a_map_over_dds(probe, start_node, stop_node, stack, namespace):
    from residual_features_ros.ros.conversions import message_to_rows
    node = start_node('slam_backend', namespace, package='examples', map_frame='room', seeed=3)
    camera = Camera(probe, namespace, stack)
    camera.drive(range(COUNT))
    probe.wait_for(lambda: camera.paths and len(camera.paths[-1].poses) == COUNT, 'a whole path')
    assert misplaced(trajectory(camera.poses)).max() < 0.03
    assert misplaced(trajectory(camera.paths[-1].poses)).max() < 0.03
    assert {pose.header.frame_id for pose in camera.poses} == {'room'}
    assert len(message_to_rows(camera.clouds[-1])) > 100
    for k in range(COUNT, COUNT + 2):
        camera.send(k, nothing())
        camera.spin(6)
    camera.send(3, shift_s=60, loops=(3,))
    camera.wait(3)
    code, log = stop_node(node)
    assert code == 0 and "parameter 'seeed' is unknown" in log
    assert 'begun: image of' in log and 'lost: image of' in log and 'relocalised: image of' in log


def test_without_words_an_image_waits_for_no_other(probe, start_node, stop_node, stack, namespace):
    node = start_node('slam_backend', namespace, package='examples')
    camera = Camera(probe, namespace, stack, {**INFO, 'vocabulary': None, 'loops': {}})
    camera.drive(range(4), words=False)
    code, log = stop_node(node)
    assert code == 0, log


def test_reset_a_bag_that_begins_anew_and_what_is_no_message(probe, start_node, stop_node, stack,
                                                            namespace):
    from sensor_msgs.msg import PointCloud2
    from std_msgs.msg import Empty
    node = start_node('slam_backend', namespace, package='examples')
    camera = Camera(probe, namespace, stack)
    camera.drive(range(4))
    camera.drive(range(2, 5))  # the stamps go back
    camera.reset.publish(Empty())
    camera.spin(6)
    camera.drive(range(6, 9))
    camera.features.publish(PointCloud2(height=1, width=3))
    camera.place.publish(PointCloud2())
    camera.loops.publish(PointCloud2())
    camera.spin(6)
    camera.drive(range(9, 11))  # the node has come to what is no message by then
    code, log = stop_node(node)
    assert code == 0 and 'the map is given up: the stamp went back' in log
    assert 'the map is given up: asked to' in log and 'an image cannot be used' in log


def test_a_map_ends_behind_the_last_image_of_its_weights(probe, start_node, stop_node, stack,
                                                         namespace):
    node = start_node('slam_backend', namespace, package='examples')
    camera = Camera(probe, namespace, stack, {**INFO, 'weights_sha256': 'a'})
    camera.drive(range(3))
    camera.tell({**INFO, 'weights_sha256': 'b', 'weights_after': divmod(image(4)[0], 10**9)})
    camera.spin(6)
    for k in (3, 4):  # were under way
        camera.send(k)
        camera.wait(k)
    camera.drive(range(5, 9))
    code, log = stop_node(node)
    given_up = 'the map is given up: other weights describe the images'
    assert code == 0 and log.count(given_up) == 1
    assert all('begun: image of' in part for part in log.split(given_up))


def test_a_bad_parameter_is_one_sentence_and_exit_code_1(start_node, namespace):
    node = start_node('slam_backend', namespace, package='examples', window=1)
    _, log = node.communicate(timeout=60)
    log = log.decode()
    assert node.returncode == 1 and 'window' in log and 'Traceback' not in log
