# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What swaps of weights cost a running node: python test/support/swapping.py [--out FILE.json].

A real extractor_node gets images over DDS at 30 Hz, first as many as will be without a swap, then
while its parameter `weights` goes from folder to folder. It prints how many images were answered,
how long those took that came first after a swap, and the memory of the node; --out saves that with
the command, commit and machine.
"""
from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / 'test')]

from residual_features_ros.environment import environment  # noqa: E402
from residual_features_ros.tools.bench.node.usage import memory_mb  # noqa: E402
from residual_features_ros.tools.harness import processes  # noqa: E402
from support.ros_nodes import PROFILE  # noqa: E402  (its domain is of this process alone)

BETWEEN = 15  # images from a swap that is done to the next
START_S, SWAP_S, LAST_S = 60.0, 30.0, 5.0
NAMESPACE = '/swaps'


@dataclass(frozen=True)
class Plan:
    """What is measured.

    size: (width, height) of the images.
    rate_hz: of them; 0 = each one once that before is answered, which no machine is too slow for.
    """

    method: str
    swaps: int = 50
    size: tuple[int, int] = (640, 480)
    max_keypoints: int = 1000
    backend: str = 'onnxruntime'
    rate_hz: float = 30.0


@dataclass
class Record:
    """What came of it; times are of time.monotonic, images are named by their stamps in seconds.

    begun: the first image of the swaps; those before it are the control.
    firsts: the first image of each swap.
    memory_mb: of the node, 15 images after each swap.
    drops: by reason, while the weights were swapped.
    """

    sent_s: dict[int, float] = field(default_factory=dict)
    answered_s: dict[int, float] = field(default_factory=dict)
    begun: int = 0
    firsts: list[int] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    drops: dict[str, int] = field(default_factory=dict)


def weights_are(probe, heard, sha256):
    """Wait until features_info names the weights of a fingerprint."""
    probe.wait_for(lambda: heard and json.loads(heard[-1].data)['weights_sha256'] == sha256,
                   f'weights {sha256} in features_info')


class Camera:
    """Sends images to a node, hears what it answers, and changes its weights."""

    def __init__(self, size, rate_hz):
        """Open the topics in a context of its own; see Plan."""
        import rclpy
        from diagnostic_msgs.msg import DiagnosticArray
        from rclpy.context import Context
        from rclpy.executors import SingleThreadedExecutor
        from rclpy.parameter_client import AsyncParameterClient
        from sensor_msgs.msg import Image, PointCloud2
        from std_msgs.msg import String

        from residual_features_ros.ros.diagnostics import drops_of
        from support.image_messages import ros_image
        from support.node_answers import LATCHED
        from support.pictures import textured
        self.record, self.infos, self.drops, self.stamp = Record(), [], [], 0
        self._rate_hz = rate_hz
        self._context = Context()
        rclpy.init(context=self._context)
        self._node = rclpy.create_node('swaps', context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        self._images = [ros_image(np.ascontiguousarray(np.roll(textured(*size), 4 * i, 1)))
                        for i in range(16)]
        self._topic = self._node.create_publisher(Image, f'{NAMESPACE}/image_raw', 10)
        for kind, topic, hear, qos in (
                (PointCloud2, f'{NAMESPACE}/features', self._on_features, 50),
                (String, f'{NAMESPACE}/features_info',
                 lambda message: self.infos.append(json.loads(message.data)), LATCHED),
                (DiagnosticArray, '/diagnostics',
                 lambda message: self.drops.append(drops_of(message)), 10)):
            self._node.create_subscription(kind, topic, hear, qos)
        self._parameters = AsyncParameterClient(self._node, f'{NAMESPACE}/extractor')

    def close(self):
        """Close the topics."""
        import rclpy
        self._node.destroy_node()
        rclpy.shutdown(context=self._context)

    @property
    def ready(self):
        """Return whether the node is there."""
        return self._topic.get_subscription_count() and self.infos \
            and self._parameters.services_are_ready()

    def _on_features(self, message):
        self.record.answered_s.setdefault(message.header.stamp.sec, time.monotonic())

    def spin(self, until, limit_s):
        """Hear messages until a condition is met, and return whether it was."""
        end = time.monotonic() + limit_s
        while not until() and time.monotonic() < end:
            self._executor.spin_once(timeout_sec=0.02)
        return until()

    def send(self, until):
        """Send images at their rate until a condition is met, and return whether it was."""
        due = begun = time.monotonic()
        while not until() and time.monotonic() < begun + SWAP_S:
            if not self._rate_hz:
                self.spin(lambda: self.stamp in self.record.answered_s or not self.stamp, LAST_S)
            while (left_s := due - time.monotonic()) > 0:
                self._executor.spin_once(timeout_sec=left_s)
            due = max(due + 1 / self._rate_hz, time.monotonic() - 1) if self._rate_hz else 0.0
            self._send_next()
        return until()

    def _send_next(self):
        self.stamp += 1
        message = self._images[self.stamp % len(self._images)]
        message.header.stamp.sec = self.stamp
        self.record.sent_s[self.stamp] = time.monotonic()
        self._topic.publish(message)

    def reported(self):
        """Wait for the answer to the last image, and for the report after it."""
        self.spin(lambda: self.stamp in self.record.answered_s, LAST_S)
        reports = len(self.drops)
        self.spin(lambda: len(self.drops) > reports + 1, LAST_S)

    def send_some(self, count):
        """Send a number of images at their rate."""
        last = self.stamp + count
        self.send(lambda: self.stamp >= last)

    def swap(self, folder):
        """Send images while the weights change; return the last one before, None if none do."""
        from rclpy.parameter import Parameter
        before = self.infos[-1]['weights_sha256']
        self._parameters.set_parameters([Parameter('weights', value=folder)])
        if not self.send(lambda: self.infos[-1]['weights_sha256'] != before):
            return None
        return self.infos[-1]['weights_after'][0]


def measure(plan, folders, logs):
    """Return the Record of a node whose weights go round some folders."""
    words = processes.ros_arguments(NAMESPACE, {
        'method': plan.method, 'max_keypoints': plan.max_keypoints, 'image_qos': 'default',
        'backend': f'[{plan.backend}]'})
    camera = Camera(plan.size, plan.rate_hz)
    try:
        with (Path(logs) / 'node.log').open('wb') as log, processes.running(
                processes.NODE, words, processes.environment(PROFILE, Path(logs)),
                log) as process:
            assert camera.spin(lambda: camera.ready, START_S), 'the node does not start'
            drive(camera, plan, folders, process.pid)
    finally:
        camera.close()
    return camera.record


def drive(camera, plan, folders, pid):
    """Warm the node up, show it images without a swap, then swap again and again."""
    from residual_features_ros.ros.diagnostics import new_drops
    record = camera.record
    camera.send_some(2 * BETWEEN)
    camera.spin(lambda: camera.stamp in record.answered_s, LAST_S)
    record.sent_s.clear()
    camera.send_some(plan.swaps * BETWEEN)
    camera.reported()
    before, record.begun = camera.drops[-1], camera.stamp + 1
    for number in range(plan.swaps):
        last = camera.swap(folders[number % len(folders)])
        if last is None:
            break
        camera.send_some(BETWEEN)
        record.firsts.append(last + 1)
        record.memory_mb.append(memory_mb(pid)[0])
    camera.reported()
    record.drops = {why: count for why, count in new_drops(before, camera.drops[-1]).items()
                    if count}


def figures(record):
    """Return what a record says: counts, milliseconds, megabytes; `still` is without a swap."""
    numbers = sorted(record.sent_s)
    still, swapping = ([number for number in numbers if (number >= record.begun) == late]
                       for late in (False, True))
    firsts = latencies(record, record.firsts)
    half = len(record.memory_mb) // 2
    later, last = record.memory_mb[half:half + 3], record.memory_mb[-3:]
    return {'swapped': len(record.firsts), 'still': of_images(record, still),
            'swapping': of_images(record, swapping), 'drops': record.drops,
            'first_after_swap_ms': {'median': round(float(np.median(firsts)), 1),
                                    'most': round(max(firsts), 1)},
            'memory_mb': [round(value, 1) for value in record.memory_mb],
            'grown_mb': round(float(np.median(last) - np.median(later)), 1)}


def of_images(record, numbers):
    """Return how many of some images were answered, which were not, and how long it took."""
    found = latencies(record, numbers)
    return {'sent': len(numbers), 'answered': len(found),
            'lost': [number for number in numbers if number not in record.answered_s],
            'median_ms': round(float(np.median(found)), 1),
            'p99_ms': round(float(np.percentile(found, 99)), 1), 'most_ms': round(max(found), 1)}


def latencies(record, numbers):
    """Return the milliseconds from some images to their features, where these came."""
    return [1e3 * (record.answered_s[number] - record.sent_s[number]) for number in numbers
            if number in record.answered_s]


def parse(arguments):
    """Return the plan of a command line, and the file to write or None."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--swaps', type=int, default=50)
    parser.add_argument('--method', default='residual_hessian_tiny')
    parser.add_argument('--size', default='320x240')
    parser.add_argument('--keypoints', type=int, default=500)
    parser.add_argument('--backend', default='onnxruntime')
    parser.add_argument('--out', type=Path, help='JSON file to write, as those of docs/results')
    args = parser.parse_args(arguments)
    width, height = map(int, args.size.split('x'))
    return Plan(args.method, args.swaps, (width, height), args.keypoints, args.backend), args.out


def main(arguments=None):
    """Swap, print, and save where that is asked for."""
    from support.other_weights import other_weights
    plan, out = parse(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = other_weights(Path(name) / 'other', plan.method)
        found = figures(measure(plan, [str(folder), ''], name))
    print(json.dumps(found))
    if out:
        words = ' '.join(sys.argv[1:] if arguments is None else arguments)
        saved = {'command': f'python test/support/swapping.py {words}', **asdict(plan),
                 'environment': environment(), 'processors': os.cpu_count(), 'figures': found}
        out.write_text(json.dumps(saved) + '\n', encoding='utf-8')
    return 0


if __name__ == '__main__':
    sys.exit(main())
