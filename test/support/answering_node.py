# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the extractor node: answers images at once, as slowly and as badly as asked."""
import array
import time

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import Image, PointCloud2
from std_msgs.msg import String

from residual_features_ros.ros.diagnostics import DROPS

REPORT_PERIOD_S = 0.1


class AnsweringNode(Node):
    """Sends features of FEATURES points and matches of MATCHES points for each image.

    images: the messages that came.    dropped: how many of them were counted and not answered.
    ignores: of an image -> whether it is dropped.    delay_s: from an image to its answer.
    told: further values of its reports.
    """

    FEATURES, MATCHES = 9, 4

    def __init__(self, namespace, image_type=Image, ignores=lambda image: False, delay_s=0.0,
                 told=()):
        super().__init__('extractor', namespace=namespace)
        self.images, self.dropped, self.ignores, self.delay_s = [], 0, ignores, delay_s
        self.told = [KeyValue(key=key, value=value) for key, value in told]
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.clouds = {self.create_publisher(PointCloud2, topic, 10): width for topic, width in (
            ('features', self.FEATURES), ('matches', self.MATCHES))}
        self.info = self.create_publisher(String, 'features_info', latched)
        self.info.publish(String(data='{}'))
        self.times = self.create_publisher(String, '~/frame_times', 10)
        self.diagnostics = self.create_publisher(DiagnosticArray, '/diagnostics', 10)
        self.create_subscription(
            image_type, 'image_raw' if image_type is Image else 'image_raw/compressed',
            self.answer, 10)
        self.create_timer(REPORT_PERIOD_S, self.report)

    def answer(self, image):
        self.images.append(image)
        if self.ignores(image):
            self.dropped += 1
            return
        time.sleep(self.delay_s)
        for publisher, width in self.clouds.items():
            publisher.publish(PointCloud2(
                header=image.header, height=1, width=width, point_step=1, row_step=width,
                data=array.array('B', bytes(width))))
        stamp = image.header.stamp
        self.times.publish(String(data=f'{{"stamp": [{stamp.sec}, {stamp.nanosec}], "ms": {{}}}}'))

    def report(self):
        status = DiagnosticStatus(values=[
            KeyValue(key='method', value='none'), *self.told,
            KeyValue(key=f'{DROPS}asked for', value=str(self.dropped))])
        message = DiagnosticArray(status=[status])
        message.header.stamp = self.get_clock().now().to_msg()
        self.diagnostics.publish(message)
