# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""examples/odometry_backend.py as a process: messages of a known motion in over DDS, poses out."""
import importlib.util
import itertools
import time
from contextlib import ExitStack

import numpy as np
import pytest

NEEDED = ('rclpy', 'nav_msgs', 'geometry_msgs', 'rosbags')
missing = [name for name in NEEDED if not importlib.util.find_spec(name)]
pytestmark = pytest.mark.skipif(bool(missing), reason=f'{", ".join(missing)} not installed')
COUNT = 6
RESEND_S = 3.0
SETTLED_S = 0.3
NUMBERS = itertools.count()


@pytest.fixture
def namespace():
    """Return one of its own for each test: nodes of other tests may still be there."""
    return f'/backend_{next(NUMBERS)}'


@pytest.fixture
def backend(start_node, namespace):
    return start_node('odometry_backend', namespace, package='examples')


def messages(count=COUNT, loops=1):
    """Yield features and matches of a camera that moves as walls says, as the node sends them."""
    from std_msgs.msg import Header
    from support.bag_files import stamp
    from support.rendered_scene import camera_path, view

    from residual_features_ros import create_extractor, create_matcher
    from residual_features_ros.ros.conversions import features_to_message, matches_to_message
    from residual_features_ros.tracks import Tracks
    extractor, match, tracks = create_extractor('rootsift', 500), create_matcher().match, Tracks()
    for _ in range(loops):
        for i, pose in enumerate(camera_path(count, 3)):
            header = Header(frame_id='camera')
            header.stamp.sec, header.stamp.nanosec = divmod(stamp(i), 10**9)
            features = extractor.extract(view(pose))
            frame = tracks.add(features, (header.stamp.sec, header.stamp.nanosec), match)
            yield (features_to_message(features, header), matches_to_message(
                frame.matches, features, frame.reference, header, frame.reference_stamp,
                frame.ids))


class Camera:
    """What odometry_backend subscribes to in a namespace, and the poses that it sends."""

    def __init__(self, probe, namespace, stack):
        from nav_msgs.msg import Odometry, Path
        from rclpy.serialization import deserialize_message
        from sensor_msgs.msg import CameraInfo, PointCloud2
        from support.bag_files import CAMERA, stamp

        from residual_features_ros.tools.bags.rosbag import STORE
        from residual_features_ros.tools.make_bag.run import INFO, info_message
        self.probe, self.sent, self.due = probe, 0, 0.0
        info = deserialize_message(
            bytes(STORE.serialize_cdr(info_message(CAMERA, stamp(0)), INFO)), CameraInfo)
        self.poses = stack.enter_context(probe.listen(Odometry, f'{namespace}/odometry'))
        self.paths = stack.enter_context(probe.listen(Path, f'{namespace}/path'))
        self.infos, *self.outputs = [
            stack.enter_context(probe.publisher(kind, f'{namespace}/{topic}')) for kind, topic in
            ((CameraInfo, 'camera_info'), (PointCloud2, 'features'), (PointCloud2, 'matches'))]
        self.info = info
        for _ in range(20):  # until the node has found our publishers as well
            self.spin()

    def spin(self):
        import rclpy
        self.infos.publish(self.info)
        rclpy.spin_once(self.probe.node, timeout_sec=0.05)

    def send(self, messages):
        """Send both messages of each image and wait for its pose."""
        for pair in messages:
            self.sent, self.due = self.sent + 1, 0.0
            self.probe.wait_for(lambda pair=pair: self.answered(pair), f'pose {self.sent}')
            if self.sent == 1:
                self.settle()

    def settle(self):
        """Keep one answer to the first image, which may have come to the node several times."""
        import rclpy
        until = time.monotonic() + SETTLED_S
        while time.monotonic() < until:
            rclpy.spin_once(self.probe.node, timeout_sec=0.05)
        del self.poses[:-1], self.paths[:-1]

    def answered(self, pair):
        """Publish messages that are due and return whether their pose is there.

        The first ones are due again and again: a busy node may not have found us yet.
        """
        if time.monotonic() > self.due:
            self.due = time.monotonic() + (RESEND_S if self.sent == 1 else np.inf)
            self.spin()
            for publisher, message in zip(self.outputs, pair, strict=True):
                publisher.publish(message)
        return len(self.poses) >= self.sent


def place(message):
    return [getattr(message.pose.pose.position, axis) for axis in 'xyz']


def nanoseconds(message):
    return message.header.stamp.sec * 10**9 + message.header.stamp.nanosec


@pytest.fixture
def stack():
    with ExitStack() as opened:
        yield opened


def test_a_bag_loop_begins_anew_and_says_so(probe, backend, stop_node, stack, namespace):
    camera = Camera(probe, namespace, stack)
    camera.send(messages(4, loops=2))
    probe.wait_for(lambda: len(camera.paths) == 8, 'all paths')
    stamps = [nanoseconds(message) for message in camera.poses]
    assert len(stamps) == 8 and stamps[:4] == stamps[4:] == sorted(stamps[:4])
    assert place(camera.poses[4]) == [0, 0, 0] and [
        np.linalg.norm(place(message)) for message in (camera.poses[1], camera.poses[5])
    ] == pytest.approx([1, 1])
    lengths = np.array([len(path.poses) for path in camera.paths])
    assert lengths[4:].tolist() == [1, 2, 3, 4]
    assert np.diff(lengths[:4]).tolist() == [1] * 3  # the first image may have come twice
    code, log = stop_node(backend)
    assert code == 0 and log.count('odometry is reset') == 1
    assert 'the stamp went back from' in log


def test_frames_tf_covariance_and_reset(probe, start_node, stop_node, stack, namespace):
    from std_msgs.msg import Empty
    node = start_node('odometry_backend', namespace, package='examples', child_frame='eye',
                      odom_frame='world', publish_tf='false', step_length=2.0, lenght=3)
    camera = Camera(probe, namespace, stack)
    reset = stack.enter_context(probe.publisher(Empty, f'{namespace}/odometry_backend/reset'))
    sequence = list(messages(4))
    camera.send(sequence[:3])
    assert {(m.header.frame_id, m.child_frame_id) for m in camera.poses} == {('world', 'eye')}
    variances = np.array([m.pose.covariance.reshape(6, 6).diagonal() for m in camera.poses])
    assert (np.diff(variances, axis=0) > 0).all()
    assert (camera.poses[0].twist.covariance.reshape(6, 6).diagonal() == 1e6).all()
    reset.publish(Empty())
    for _ in range(10):
        camera.spin()
    camera.send(sequence[3:])
    assert place(camera.poses[3]) == [0, 0, 0]
    code, log = stop_node(node)
    assert code == 0 and "parameter 'lenght' is unknown" in log
    assert 'tf2_ros' not in log and 'reset, poses begin at the origin again: asked to' in log


@pytest.mark.parametrize('stamp', [(0, 0), (7, 5)])
def test_images_of_one_stamp_are_chained_and_told(probe, backend, stop_node, stack, namespace,
                                                  stamp):
    camera, sequence = Camera(probe, namespace, stack), []
    for features, matches in messages(4):
        for message in (features, matches):
            message.header.stamp.sec, message.header.stamp.nanosec = stamp
        sequence.append((features, named_after(matches, stamp)))
    camera.send(sequence)
    steps = np.diff([place(message) for message in camera.poses], axis=0)
    assert np.linalg.norm(steps, axis=1) == pytest.approx([1] * 3)
    code, log = stop_node(backend)
    assert code == 0 and 'several images have the stamp {}.{:09d} s'.format(*stamp) in log


def named_after(matches, stamp):
    """Return matches to an image of another stamp."""
    from residual_features_ros.ros.conversions import message_to_rows, rows_to_message
    rows = message_to_rows(matches).copy()
    rows['prev_stamp_sec'], rows['prev_stamp_nanosec'] = stamp
    return rows_to_message(rows, matches.header)


@pytest.mark.parametrize(('given', 'words'), [
    ({'step_length': 'long'}, 'step_length'), ({'step_length': -1.0}, 'step_length'),
    ({'odom_frame': 'a', 'child_frame': 'a'}, 'other than child_frame')])
def test_a_bad_parameter_is_one_sentence_and_exit_code_1(start_node, namespace, given, words):
    node = start_node('odometry_backend', namespace, package='examples', **given)
    _, log = node.communicate(timeout=60)
    log = log.decode()
    assert node.returncode == 1 and 'FATAL' in log and words in log and 'Traceback' not in log


def test_odometry_follows_the_camera(probe, backend, stop_node, stack, namespace):
    from support.rendered_scene import camera_path

    from residual_features_ros.examples.odometry_backend import OPTICAL
    camera = Camera(probe, namespace, stack)
    camera.send(messages())
    probe.wait_for(lambda: camera.paths, 'a path')
    code, log = stop_node(backend)
    assert code == 0
    assert 'tf2_ros does not import' in log or importlib.util.find_spec('tf2_ros')
    poses = camera.poses
    assert len(poses) == COUNT
    assert {(m.header.frame_id, m.child_frame_id) for m in poses} == {('odom', 'camera')}
    steps = np.diff([place(message) for message in poses], axis=0)
    assert np.linalg.norm(steps, axis=1) == pytest.approx([1] * (COUNT - 1))
    true = np.diff(camera_path(COUNT, 3)[:, :3, 3], axis=0) @ OPTICAL[:3, :3].T
    assert ((steps * true).sum(1) / np.linalg.norm(true, axis=1)).min() > np.cos(np.radians(6))
