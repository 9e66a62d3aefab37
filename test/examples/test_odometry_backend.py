# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""examples/odometry_backend.py as a process: messages of a known motion in over DDS, poses out."""
import importlib.util

import numpy as np
import pytest

NEEDED = ('rclpy', 'nav_msgs', 'geometry_msgs', 'rosbags')
missing = [name for name in NEEDED if not importlib.util.find_spec(name)]
pytestmark = pytest.mark.skipif(bool(missing), reason=f'{", ".join(missing)} not installed')
COUNT = 6


@pytest.fixture
def backend(start_node):
    return start_node('odometry_backend', '/live', package='examples')


def messages():
    """Yield features and matches of a camera that moves as walls says."""
    from std_msgs.msg import Header
    from support.bag_files import stamp
    from support.rendered_scene import camera_path, view

    from residual_features_ros import create_extractor, create_matcher
    from residual_features_ros.ros.conversions import features_to_message, matches_to_message
    from residual_features_ros.tracks import Tracks
    extractor, match, tracks = create_extractor('rootsift', 500), create_matcher().match, Tracks()
    for i, pose in enumerate(camera_path(COUNT, 3)):
        header = Header(frame_id='camera')
        header.stamp.sec, header.stamp.nanosec = divmod(stamp(i), 10**9)
        features = extractor.extract(view(pose))
        frame = tracks.add(features, (header.stamp.sec, header.stamp.nanosec), match)
        yield (features_to_message(features, header), matches_to_message(
            frame.matches, features, frame.reference, header, frame.reference_stamp, frame.ids))


def test_odometry_follows_the_camera(probe, backend, stop_node):
    import rclpy
    from nav_msgs.msg import Odometry, Path
    from rclpy.serialization import deserialize_message
    from sensor_msgs.msg import CameraInfo, PointCloud2
    from support.bag_files import CAMERA, stamp
    from support.rendered_scene import camera_path

    from residual_features_ros.examples.odometry_backend import OPTICAL
    from residual_features_ros.tools.bags.rosbag import STORE
    from residual_features_ros.tools.make_bag.run import INFO, info_message
    info = deserialize_message(
        bytes(STORE.serialize_cdr(info_message(CAMERA, stamp(0)), INFO)), CameraInfo)
    with probe.listen(Odometry, '/live/odometry') as poses, \
            probe.listen(Path, '/live/path') as paths, \
            probe.publisher(CameraInfo, '/live/camera_info') as infos, \
            probe.publisher(PointCloud2, '/live/features') as features_out, \
            probe.publisher(PointCloud2, '/live/matches') as matches_out:
        for i, (features, matches) in enumerate(messages()):
            while len(poses) <= i and backend.poll() is None:
                infos.publish(info)  # until it is known that both sides have met
                features_out.publish(features)
                matches_out.publish(matches)
                for _ in range(20):
                    if len(poses) <= i:
                        rclpy.spin_once(probe.node, timeout_sec=0.05)
        probe.wait_for(lambda: paths, 'a path')
    code, log = stop_node(backend)
    assert code == 0
    assert 'tf2_ros does not import' in log or importlib.util.find_spec('tf2_ros')
    last = {(m.header.stamp.sec, m.header.stamp.nanosec): m for m in poses}
    assert len(last) == COUNT
    assert {(m.header.frame_id, m.child_frame_id) for m in poses} == {('odom', 'camera')}
    places = np.array([[getattr(m.pose.pose.position, axis) for axis in 'xyz']
                       for _, m in sorted(last.items())])
    steps = np.diff(places, axis=0)
    assert np.linalg.norm(steps, axis=1) == pytest.approx([1] * (COUNT - 1))
    true = np.diff(camera_path(COUNT, 3)[:, :3, 3], axis=0) @ OPTICAL[:3, :3].T
    assert ((steps * true).sum(1) / np.linalg.norm(true, axis=1)).min() > np.cos(np.radians(6))
