# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The real node hears the topics of the real extractor: over DDS, on a scene of known motion."""
import importlib.util

import numpy as np
import pytest

NEEDED = ('rclpy', 'nav_msgs', 'geometry_msgs', 'rosbags')
missing = [name for name in NEEDED if not importlib.util.find_spec(name)]
pytestmark = pytest.mark.skipif(bool(missing), reason=f'{", ".join(missing)} not installed')


def test_odometry_follows_the_camera():
    import rclpy
    from bag_files import CAMERA, stamp
    from rclpy.serialization import deserialize_message
    from sensor_msgs.msg import CameraInfo
    from std_msgs.msg import Header
    from two_walls import view, way

    from residual_features_ros import create_extractor, create_matcher
    from residual_features_ros.demo.bag import STORE
    from residual_features_ros.examples.odometry_backend import OPTICAL, OdometryBackend
    from residual_features_ros.make_bag.run import INFO, info_message
    from residual_features_ros.ros.conversions import features_to_message, matches_to_message
    from residual_features_ros.ros.tracks import Tracks

    if not rclpy.ok():
        rclpy.init()
    node, published = OdometryBackend(), []
    node._odometry_out.publish = published.append
    try:
        extractor, match = create_extractor('rootsift', 500), create_matcher().match
        tracks = Tracks()
        info = bytes(STORE.serialize_cdr(info_message(CAMERA, stamp(0)), INFO))
        node._on_info(deserialize_message(info, CameraInfo), False)
        for i, pose in enumerate(way(6, 3)):
            header = Header(frame_id='camera')
            header.stamp.sec, header.stamp.nanosec = divmod(stamp(i), 10**9)
            features = extractor.extract(view(pose))
            frame = tracks.add(features, (header.stamp.sec, header.stamp.nanosec), match)
            for take, message in (
                    (node._join.add_features, features_to_message(features, header)),
                    (node._join.add_matches, matches_to_message(
                        frame.matches, features, frame.reference, header, frame.reference_stamp,
                        frame.ids))):
                node._taking(take)(message)
    finally:
        node.destroy_node()
    assert [m.header.frame_id for m in published] == ['odom'] * 6
    assert {m.child_frame_id for m in published} == {'camera'}
    places = np.array([[getattr(m.pose.pose.position, axis) for axis in 'xyz'] for m in published])
    assert np.linalg.norm(np.diff(places, axis=0), axis=1) == pytest.approx([1] * 5)
    true = np.diff(way(6, 3)[:, :3, 3], axis=0) @ OPTICAL[:3, :3].T
    cosines = (np.diff(places, axis=0) * true).sum(1) / np.linalg.norm(true, axis=1)
    assert cosines.min() > np.cos(np.radians(6))
