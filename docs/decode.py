# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Print the strongest keypoint of the next message of features: python3 decode.py [TOPIC].

An example to copy: it needs rclpy and numpy, not residual_features_ros.
"""
import sys

import numpy as np
import rclpy
from sensor_msgs.msg import PointCloud2

KINDS = {7: 'f4', 5: 'i4', 6: 'u4', 2: 'u1'}  # PointField's datatypes that are used


def rows_of(message):
    """Return the points of a PointCloud2 as a structured array with a name for each field."""
    formats = [(KINDS[field.datatype], (field.count,)) if field.count > 1
               else KINDS[field.datatype] for field in message.fields]
    kind = np.dtype({'names': [field.name for field in message.fields], 'formats': formats,
                     'offsets': [field.offset for field in message.fields],
                     'itemsize': message.point_step})
    return np.frombuffer(message.data, kind)


def words_of(message):
    """Return what to say of a message of features."""
    rows = rows_of(message)
    stamp = f'{message.header.stamp.sec}.{message.header.stamp.nanosec:09d}'
    if not len(rows):
        return f'{stamp}: no keypoints'
    best = rows[np.argmax(rows['response'])]
    return (f'{stamp}: {len(rows)} keypoints, the strongest at ({best["x"]:.2f}, {best["y"]:.2f}) '
            f'of {best["size"]:.1f} pixels; its descriptor, {len(best["descriptor"])} of '
            f'{best["descriptor"].dtype}:\n{best["descriptor"]}')


def main():
    """Wait for one message, print it and end."""
    rclpy.init()
    node = rclpy.create_node('decode')
    heard = []
    node.create_subscription(PointCloud2, sys.argv[1] if len(sys.argv) > 1 else 'features',
                             heard.append, 5)
    while not heard:
        rclpy.spin_once(node)
    print(words_of(heard[0]))


if __name__ == '__main__':
    main()
