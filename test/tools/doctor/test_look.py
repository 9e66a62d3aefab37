# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The process that doctor starts, in a domain in which no other test has cameras."""
import itertools
import os
import threading

import numpy as np
import pytest
from support.image_messages import ros_image

pytest.importorskip('rclpy', reason='rclpy is not installed')

import rclpy
from sensor_msgs.msg import Image

from residual_features_ros.tools.doctor.topics import listen

DOMAIN = 1 + (os.getpid() + 25) % 100


def test_a_camera_is_heard_as_the_node_would_hear_it(monkeypatch):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(DOMAIN))
    context, ended = rclpy.Context(), threading.Event()
    rclpy.init(context=context, domain_id=DOMAIN)
    node = rclpy.create_node('driver', context=context)
    camera = node.create_publisher(Image, '/front/image', 5)

    def film():
        for second in itertools.count(1):
            if ended.wait(0.05):
                return
            camera.publish(ros_image(np.zeros((48, 64, 3), np.uint8), stamp=(second, 0)))

    thread = threading.Thread(target=film)
    thread.start()
    try:
        rmw, (heard,) = listen(3.0)
    finally:
        ended.set()
        thread.join()
        context.try_shutdown()
    assert rmw.startswith('rmw_') and (heard.topic, heard.qos) == ('/front/image', 'reliable')
    assert (heard.size, heard.encoding, heard.bytes) == ((64, 48), 'bgr8', 48 * 64 * 3)
    assert heard.images > 0 and 0 <= heard.rate_hz < 30
    assert heard.publishers == ('/driver (sensor_msgs/msg/Image, reliable)',)
