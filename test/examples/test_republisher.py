# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""examples/republisher.py as a process: features of a drawn scene in over DDS, messages out."""
import importlib.util
import itertools
import json
import subprocess
import time
from contextlib import ExitStack

import numpy as np
import pytest
from support.rtabmap_reader import uncompress

NEEDED = ('rclpy', 'sensor_msgs', 'std_msgs')
missing = [name for name in NEEDED if not importlib.util.find_spec(name)]
pytestmark = pytest.mark.skipif(bool(missing), reason=f'{", ".join(missing)} not installed')
NUMBERS = itertools.count()
FOCAL, BASELINE, DISPARITY = 300.0, 0.1, 12
SIZE = (320, 240)


@pytest.fixture
def namespace():
    """Return one of its own for each test: nodes of other tests may still be there."""
    return f'/republisher_{next(NUMBERS)}'


@pytest.fixture
def stack():
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def start(message_packages, start_node, namespace):
    return lambda **given: start_node('republisher', namespace, package='examples', **given)


def found(method, shift=0):
    from support.pictures import textured

    from residual_features_ros import create_extractor
    image = np.ascontiguousarray(textured(400, 240)[:, shift:shift + SIZE[0]])
    return create_extractor(method, 200).extract(image)


def header(second):
    from std_msgs.msg import Header
    result = Header(frame_id='eye')
    result.stamp.sec = second
    return result


def info_of(features, **changes):
    binary = features.descriptors.dtype == np.uint8
    return {'descriptor_encoding': 'binary' if binary else 'uint8', 'descriptor_scale': 254.0,
            'descriptor_zero_point': 128, 'image_width': SIZE[0], 'image_height': SIZE[1],
            'image_geometry': 'rectified', **changes}


def camera_info(baseline=0.0):
    from sensor_msgs.msg import CameraInfo
    k = np.array([[FOCAL, 0, 160], [0, FOCAL, 120], [0, 0, 1]])
    p = np.column_stack([k, [-FOCAL * baseline, 0, 0]])
    return CameraInfo(width=SIZE[0], height=SIZE[1], distortion_model='plumb_bob', d=[0.0] * 5,
                      k=k.ravel(), p=p.ravel(), r=np.eye(3).ravel())


class Sender:
    """Publishes what republisher takes in a namespace, and hears what it makes of that."""

    def __init__(self, probe, namespace, stack, kind, topic):
        self.probe, self._namespace, self._stack = probe, namespace, stack
        self._publishers = {}
        self.heard = stack.enter_context(probe.listen(kind, f'{namespace}/{topic}'))

    def send(self, topic, message, latched=False):
        from rclpy.qos import DurabilityPolicy, QoSProfile
        if topic not in self._publishers:
            qos = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL) if latched \
                else 10
            self._publishers[topic] = self._stack.enter_context(
                self.probe.publisher(type(message), f'{self._namespace}/{topic}', qos))
        self._publishers[topic].publish(message)

    def send_info(self, info):
        from std_msgs.msg import String
        self.send('features_info', String(data=json.dumps(info)), latched=True)

    def answer(self, again, second):
        """Send until there is an answer of a stamp: what is sent first may come first."""
        def came():
            again()
            self.spin()
            return next((m for m in self.heard if m.header.stamp.sec == second), None)
        return self.probe.wait_for(came, f'an answer of second {second}')

    def spin(self, times=4):
        import rclpy
        for _ in range(times):
            rclpy.spin_once(self.probe.node, timeout_sec=0.05)


def message_of(features, second):
    from residual_features_ros.ros.conversions import features_to_message
    return features_to_message(features, header(second), 'uint8',
                               np.arange(len(features), dtype=np.int32))


@pytest.mark.parametrize('method', ['orb', 'rootsift'])
def test_image_features(probe, start, stop_node, stack, namespace, method):
    node = start(form='image_features')
    from image_feature_msgs.msg import ImageFeatures
    sender = Sender(probe, namespace, stack, ImageFeatures, 'image_features')
    features = found(method)
    sender.send_info(info_of(features))
    answer = sender.answer(lambda: sender.send('features', message_of(features, 5)), 5)
    assert answer.header == header(5) and len(answer.keypoints) == len(features) > 50
    np.testing.assert_array_equal([(p.x, p.y) for p in answer.keypoints], features.keypoints)
    rows = np.reshape(answer.descriptors.data, (len(features), -1))
    from residual_features_ros.types import float_rows
    assert np.abs(rows - float_rows(features.descriptors)).max() < 0.003
    code, log = stop_node(node)
    assert code == 0 and f'image_features: {namespace}/features -> ' in log


def test_behind_an_extractor_node(probe, start, start_node, stop_node, stack, namespace):
    """features_info, levels and ids are those of a real node, which is lazy until then."""
    from support.pictures import textured

    from residual_features_ros.ros.conversions import image_to_message
    extractor = start_node('extractor_node', namespace, method='orb', max_keypoints=200)
    node = start(form='frame_descriptors')
    from dl_vins.msg import FrameDescriptors
    sender = Sender(probe, namespace, stack, FrameDescriptors, 'frame_descriptors')
    image, seconds = textured(*SIZE), itertools.count(1)
    sender.probe.wait_for(
        lambda: sender.send('image_raw', image_to_message(image, header(next(seconds))))
        or sender.spin() or any(len(m.feature_ids) for m in sender.heard), 'tracks')
    answer = next(m for m in sender.heard if len(m.feature_ids))
    assert answer.descriptor_dim == 256 and answer.header.frame_id == 'eye'
    assert len(set(answer.feature_ids)) == len(answer.feature_ids) > 50
    rows = np.reshape(answer.descriptors, (-1, 256))
    assert set(np.unique(rows)) == {-1 / 16, 1 / 16}
    assert stop_node(extractor)[0] == stop_node(node)[0] == 0


def test_frame_descriptors(probe, start, stop_node, stack, namespace):
    node = start(form='frame_descriptors')
    from dl_vins.msg import FrameDescriptors
    sender = Sender(probe, namespace, stack, FrameDescriptors, 'frame_descriptors')
    features = found('rootsift')
    sender.send_info(info_of(features))
    answer = sender.answer(lambda: sender.send('features', message_of(features, 5)), 5)
    assert list(answer.feature_ids) == list(range(len(features)))
    assert answer.descriptor_dim == 128 and len(answer.descriptors) == 128 * len(features)
    assert stop_node(node)[0] == 0


def test_rtabmap_by_stereo_matches(probe, start, stop_node, stack, namespace):
    from residual_features_ros import create_matcher
    from residual_features_ros.ros.conversions import matches_to_message
    node = start(form='rtabmap', points='stereo')
    from rtabmap_msgs.msg import RGBDImage
    sender = Sender(probe, namespace, stack, RGBDImage, 'rgbd_image')
    left, right = found('orb'), found('orb', DISPARITY)
    matches = create_matcher('stereo_rectified').match(left, right)
    sender.send_info(info_of(left))

    def send():
        sender.send('left/camera_info', camera_info())
        sender.send('right/camera_info', camera_info(BASELINE))
        sender.send('stereo_matches', matches_to_message(matches, left, right, header(7), (7, 0)))
        sender.send('left/features', message_of(left, 7))

    answer = sender.answer(send, 7)
    np.testing.assert_array_equal([(p.pt.x, p.pt.y) for p in answer.key_points], left.keypoints)
    rows, kind = uncompress(bytes(answer.descriptors))
    assert kind == 0
    np.testing.assert_array_equal(rows, left.descriptors)
    points = np.array([(p.x, p.y, p.z) for p in answer.points])
    known = np.zeros(len(left), bool)
    known[matches.indices[:, 0]] = True
    assert len(points) == len(left) and known.sum() > 50
    assert np.isnan(points[~known]).all() and np.isfinite(points[known]).all()
    assert np.median(points[known, 2]) == pytest.approx(FOCAL * BASELINE / DISPARITY, rel=0.02)
    seen = points[known, :2] / points[known, 2:] * FOCAL + (160, 120)
    np.testing.assert_allclose(seen, left.keypoints[known], atol=1e-3)
    assert answer.rgb_camera_info.width == SIZE[0]
    assert answer.depth_camera_info.p[3] == pytest.approx(-FOCAL * BASELINE)
    assert stop_node(node)[0] == 0


def test_rtabmap_by_depth_images(probe, start, stop_node, stack, namespace):
    from residual_features_ros.ros.conversions import image_to_message
    node = start(form='rtabmap', points='depth', depth_tolerance_s=0.5)
    from rtabmap_msgs.msg import RGBDImage
    sender = Sender(probe, namespace, stack, RGBDImage, 'rgbd_image')
    features = found('rootsift')
    sender.send_info(info_of(features))
    depth = np.full(SIZE[::-1], 2500, np.uint16)
    depth[:, :160] = 0

    def send():
        sender.send('camera_info', camera_info())
        image = image_to_message(depth, header(9))
        image.header.stamp.nanosec = 100_000_000
        sender.send('depth', image)
        sender.send('features', message_of(features, 9))

    answer = sender.answer(send, 9)
    depths = np.array([point.z for point in answer.points])
    right_half = np.floor(features.keypoints[:, 0] + 0.5) >= 160
    np.testing.assert_array_equal(np.isfinite(depths), right_half)
    assert set(depths[right_half]) == {2.5}
    assert answer.rgb_camera_info == answer.depth_camera_info == camera_info()
    rows, kind = uncompress(bytes(answer.descriptors))
    assert kind == 5 and np.abs(rows - features.descriptors).max() < 0.003
    assert stop_node(node)[0] == 0


def test_what_is_missing_or_wrong_is_counted_and_said(probe, start, stop_node, stack, namespace):
    from sensor_msgs.msg import PointCloud2
    from std_msgs.msg import String
    node = start(form='rtabmap')
    from rtabmap_msgs.msg import RGBDImage
    sender = Sender(probe, namespace, stack, RGBDImage, 'rgbd_image')
    features = found('orb')
    sender.send('features', message_of(features, 1))
    sender.spin(20)
    sender.send('features_info', String(data='['), latched=True)
    sender.spin(20)
    sender.send_info(info_of(features))

    def send():
        sender.send('camera_info', camera_info())
        sender.send('features', message_of(features, 2))
    sender.answer(send, 2)
    sender.send('features', PointCloud2(header=header(3), height=1))
    sender.answer(lambda: sender.send('features', message_of(features, 4)), 4)
    assert {m.header.stamp.sec for m in sender.heard} == {2, 4}
    code, log = stop_node(node)
    assert code == 0 and 'features came before' in log and 'features_info' in log
    assert 'no JSON object' in log and 'cannot be used: the point cloud has no field x' in log
    assert 'messages dropped so far' in log and 'Traceback' not in log


def test_matches_without_their_features_are_counted(probe, start, stop_node, stack, namespace):
    from residual_features_ros.ros.conversions import matches_to_message
    from residual_features_ros.types import Matches
    node = start(form='rtabmap', points='stereo')
    from rtabmap_msgs.msg import RGBDImage
    sender = Sender(probe, namespace, stack, RGBDImage, 'rgbd_image')
    features = found('orb')
    pairs = Matches(np.array([[3, 3]], np.int32), np.zeros(1, np.float32))
    for second in range(20):
        sender.send('stereo_matches', matches_to_message(
            pairs, features, features, header(second), (second, 0)))
        sender.spin(1)
    sender.send('left/features', message_of(features, 100))
    sender.spin(20)
    code, log = stop_node(node)
    assert code == 0 and 'found no partner' in log and not sender.heard


def test_it_subscribes_while_somebody_listens_and_says_that_nothing_comes(
        probe, start, stop_node, namespace):
    node = start(form='image_features')
    from image_feature_msgs.msg import ImageFeatures
    topic, count = f'{namespace}/features', probe.node.count_subscribers
    with probe.listen(ImageFeatures, f'{namespace}/image_features'):
        probe.wait_for(lambda: count(topic) == 1, 'a subscription')
        assert count(f'{namespace}/matches') == count(f'{namespace}/camera_info') == 0
        time.sleep(7)
    probe.wait_for(lambda: count(topic) == 0, 'its end')
    code, log = stop_node(node)
    assert code == 0 and log.count(f'no features came for 5 s: 0 publishers of {topic}') == 1


def test_a_package_that_is_not_installed_is_one_sentence(namespace, tmp_path, monkeypatch):
    from support.ros_nodes import PROFILE, finish

    from residual_features_ros.tools.harness import processes
    monkeypatch.delenv('PYTHONPATH', raising=False)
    process = processes.start(
        'residual_features_ros.examples.republisher',
        processes.ros_arguments(namespace, {'form': 'frame_descriptors'}),
        processes.environment(PROFILE, tmp_path), subprocess.PIPE)
    code, log = finish(process)
    assert code == 1 and 'the message package dl_vins, which has FrameDescriptors' in log
    assert 'FATAL' in log and 'Traceback' not in log
