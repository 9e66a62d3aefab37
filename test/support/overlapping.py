# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A node with several images in work: what is sent to it at once, and what it answers."""
import os
import subprocess
import time
from contextlib import contextmanager

import numpy as np
from rclpy.parameter import Parameter
from rclpy.parameter_client import AsyncParameterClient
from sensor_msgs.msg import Image, PointCloud2

from residual_features_ros.ros.conversions import message_to_rows
from residual_features_ros.ros.diagnostics import DROPS
from residual_features_ros.tools.harness import processes
from support.image_messages import ros_image
from support.node_answers import diagnostics, serve
from support.paths import ROOT
from support.pictures import textured
from support.ros_nodes import PROFILE

NODE = 'support.paced_node'


def shown(second, extra_ms=0, size=(320, 240), encoding='bgr8'):
    """Return an image that moves to the right with time, and takes so many ms longer."""
    width, height = size
    image = np.roll(textured(width, height), 2 * second, 1)
    return ros_image(np.ascontiguousarray(image), encoding, stamp=(second, extra_ms))


class OverlappingNode:
    """A paced node that runs as a process of its own, and the answers that it gave.

    features, matches: pairs of a stamp's second and the message, in the order in which they came;
    second 0 is of the images that let the node know that somebody listens.
    """

    def __init__(self, probe, namespace, process, camera, heard):
        self.probe, self.namespace, self.process = probe, namespace, process
        self._camera, self._heard = camera, heard

    def send(self, *images):
        for image in images:
            self._camera.publish(image)

    @property
    def features(self):
        return [(m.header.stamp.sec, m) for m in self._heard[0] if m.header.stamp.sec > 0]

    @property
    def matches(self):
        return [(m.header.stamp.sec, m) for m in self._heard[1] if m.header.stamp.sec > 0]

    def await_answer(self, second):
        """Wait until features and matches of an image have come; return those of all."""
        self.probe.wait_for(lambda: all(second in dict(each) for each in (
            self.features, self.matches)), f'an answer to image {second}')
        return self.features, self.matches

    def references(self):
        """Return for each answered image that of which its matches are, None where it has none."""
        rows = {second: message_to_rows(message) for second, message in self.matches}
        return {second: int(row['prev_stamp_sec'][0]) if len(row) else None
                for second, row in rows.items()}

    def drops(self):
        """Return the counts by reason, of a report of after now."""
        until = time.monotonic() + 1.5
        *_, values = diagnostics(self.probe, self.namespace,
                                 lambda *_: time.monotonic() > until)
        return {key.removeprefix(DROPS): int(value) for key, value in values.items()
                if key.startswith(DROPS) and value != '0'}

    def set(self, name, value):
        client = AsyncParameterClient(self.probe.node, f'{self.namespace}/extractor')
        self.probe.wait_for(client.services_are_ready, 'the parameter services')
        future = client.set_parameters([Parameter(name, value=value)])
        done, = self.probe.wait_for(lambda: future.result(), name).results
        assert done.successful, done.reason


@contextmanager
def overlapping(probe, namespace, logs, **parameters):
    """Run a paced node whose features and matches are heard; it knows that they are."""
    env = processes.environment(PROFILE, logs)
    env['PYTHONPATH'] = f'{env["PYTHONPATH"]}{os.pathsep}{ROOT / "test"}'
    words = processes.ros_arguments(namespace, {
        'method': 'orb', 'image_qos': 'default', 'max_keypoints': 300, **parameters})
    process = processes.start(NODE, words, env, subprocess.PIPE)
    try:
        with probe.listen(PointCloud2, f'{namespace}/features') as features, \
                probe.listen(PointCloud2, f'{namespace}/matches') as matches, \
                probe.publisher(Image, f'{namespace}/image_raw') as camera:
            node = OverlappingNode(probe, namespace, process, camera, (features, matches))
            serve(probe, camera, shown(0), features, matches)
            yield node
    finally:
        processes.stop(process)
