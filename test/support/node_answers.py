# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a running node answers to: images, its latched description, its reports."""
import json
import time

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import String

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
RESEND_S = 2.0


def of_stamp(heard, message):
    return next((m for m in heard if m.header.stamp == message.header.stamp), None)


def serve(probe, camera, message, *heards):
    """Publish an image until it is answered in each list, and return the answers.

    A node that works only for subscribers passes over the images that come before it has found
    a new one.
    """
    def answers():
        found = [of_stamp(heard, message) for heard in heards]
        if None not in found:
            return found
        if time.monotonic() > next_time[0]:
            next_time[0] = time.monotonic() + RESEND_S
            camera.publish(message)
        return None

    next_time = [0.0]
    return probe.wait_for(answers, 'an answer to the image')


def latched_info(probe, namespace):
    with probe.listen(String, f'{namespace}/features_info', LATCHED) as heard:
        return json.loads(probe.wait_for(lambda: heard and heard[-1].data, 'features_info'))


def diagnostics(probe, namespace, condition):
    """Wait for a report of the node that meets a condition; return (level, message, values)."""
    with probe.listen(DiagnosticArray, '/diagnostics') as heard:
        def newest():
            for array_ in reversed(heard):
                for status in array_.status:
                    values = {pair.key: pair.value for pair in status.values}
                    if status.name.startswith(namespace + '/') and condition(status, values):
                        return status.level[0], status.message, values
            return None
        return probe.wait_for(newest, 'a diagnostic report')
