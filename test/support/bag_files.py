# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bags of a rendered scene, with calibration and ground truth, and what can be wrong in a bag."""
from rosbags import rosbag1
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from residual_features_ros.geometry.camera import Camera
from residual_features_ros.tools.bags import origin
from residual_features_ros.tools.bags.rosbag import IMAGE, STORE, image_message
from residual_features_ros.tools.make_bag.run import INFO, POSE, info_message, pose_message
from support.rendered_scene import MATRIX, SIZE, camera_path, view

CAMERA = Camera(MATRIX, SIZE)
FIRST_NS, PERIOD_NS = 10**9, 10**8
COUNT = 10


def stamp(i):
    return FIRST_NS + i * PERIOD_NS


def frames(count=COUNT):
    """Return (topic, type, bag time, message) of images."""
    return [('/cam/image_raw', IMAGE, stamp(i), image_message(view(pose), stamp(i)))
            for i, pose in enumerate(camera_path(count, 3))]


def infos():
    return [('/cam/camera_info', INFO, stamp(0), info_message(CAMERA, stamp(0)))]


def truth(count=COUNT):
    return [('/groundtruth', POSE, stamp(i), pose_message(pose, stamp(i)))
            for i, pose in enumerate(camera_path(count, 3))]


def of_camera():
    """Return the message that says that the poses of truth() are those of the camera."""
    said = origin.origin_message(origin.Origin('tum', 0, '/groundtruth'))
    return [(origin.TOPIC, origin.STRING, stamp(0), said)]


def write_ros1(path, items, compression=None):
    """Write messages of ROS 2 with a header as those of ROS 1."""
    store = get_typestore(Stores.ROS1_NOETIC)
    writer = rosbag1.Writer(path)
    if compression:
        writer.set_compression(rosbag1.Writer.CompressionFormat[compression])
    with writer:
        connections = {}
        for topic, kind, time_ns, message in items:
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=store)
            fields = {name: getattr(message, name) for name in message.__dataclass_fields__
                      if name != '__msgtype__'}
            fields['header'] = store.types['std_msgs/msg/Header'](
                seq=4, stamp=message.header.stamp, frame_id=message.header.frame_id)
            raw = store.serialize_ros1(store.types[kind](**fields), kind)
            writer.write(connections[topic], time_ns, raw)
    return path


def write(folder, items, storage='SQLITE3'):
    """Write messages (or bytes) in the order given."""
    with Writer(folder, version=9, storage_plugin=StoragePlugin[storage]) as writer:
        connections = {}
        for topic, kind, time_ns, message in items:
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=STORE)
            raw = message if isinstance(message, bytes) else STORE.serialize_cdr(message, kind)
            writer.write(connections[topic], time_ns, raw)
    return folder
