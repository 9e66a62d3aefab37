# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What swaps of weights cost a running node: python test/support/swapping.py [--swaps 50]

A real extractor_node gets images over DDS at 30 Hz while its parameter `weights` goes from folder
to folder. It prints, as JSON, how many images were answered, how long those took that came first
after a swap, and the memory of the node.
"""
from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / 'test')]

from residual_features_ros.tools.bench.node.usage import memory_mb  # noqa: E402
from residual_features_ros.tools.harness import processes  # noqa: E402
from support.ros_nodes import PROFILE  # noqa: E402  (its domain is of this process alone)

RATE_HZ, BETWEEN = 30.0, 15  # images from a swap that is done to the next
START_S, SWAP_S, LAST_S = 60.0, 30.0, 5.0
NAMESPACE = '/swaps'


def weights_are(probe, heard, sha256):
    """Wait until features_info names the weights of a fingerprint."""
    probe.wait_for(lambda: heard and json.loads(heard[-1].data)['weights_sha256'] == sha256,
                   f'weights {sha256} in features_info')


def rate_of_swaps(method, folders, swaps, logs, size=(640, 480), max_keypoints=1000,
                  backend='onnxruntime'):
    """Return what was sent and answered while weights go round the folders, and the memory."""
    import rclpy
    from diagnostic_msgs.msg import DiagnosticArray
    from rclpy.context import Context
    from rclpy.executors import SingleThreadedExecutor
    from rclpy.parameter import Parameter
    from rclpy.parameter_client import AsyncParameterClient
    from sensor_msgs.msg import Image, PointCloud2
    from std_msgs.msg import String

    from residual_features_ros.ros.diagnostics import drops_of, new_drops
    from support.image_messages import ros_image
    from support.node_answers import LATCHED
    from support.pictures import textured

    context = Context()
    rclpy.init(context=context)
    node = rclpy.create_node('swaps', context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    sent_s, answered_s, infos, drops = {}, {}, [], [{}]
    camera = node.create_publisher(Image, f'{NAMESPACE}/image_raw', 10)
    node.create_subscription(PointCloud2, f'{NAMESPACE}/features', lambda message:
                             answered_s.setdefault(message.header.stamp.sec, time.monotonic()), 50)
    node.create_subscription(String, f'{NAMESPACE}/features_info', lambda message: infos.append(
        (time.monotonic(), json.loads(message.data)['weights_sha256'])), LATCHED)
    node.create_subscription(DiagnosticArray, '/diagnostics',
                             lambda message: drops.append(drops_of(message)), 10)
    client = AsyncParameterClient(node, f'{NAMESPACE}/extractor')
    images = [ros_image(np.ascontiguousarray(np.roll(textured(*size), 4 * i, 1)))
              for i in range(16)]
    stamp = [0]

    def pump(until):
        """Send images at their rate until a condition is met; return whether it was."""
        end = time.monotonic() + SWAP_S
        while not until() and time.monotonic() < end:
            next_s = due[0] = max(due[0] + 1 / RATE_HZ, time.monotonic() - 1)
            while (left_s := next_s - time.monotonic()) > 0:
                executor.spin_once(timeout_sec=left_s)
            stamp[0] += 1
            message = images[stamp[0] % len(images)]
            message.header.stamp.sec = stamp[0]
            sent_s[stamp[0]] = time.monotonic()
            camera.publish(message)
        return until()

    def spin(until, limit_s):
        end = time.monotonic() + limit_s
        while not until() and time.monotonic() < end:
            executor.spin_once(timeout_sec=0.02)
        return until()

    words = processes.ros_arguments(NAMESPACE, {
        'method': method, 'max_keypoints': max_keypoints, 'image_qos': 'default',
        'backend': f'[{backend}]'})
    memory, first_ms, done = [], [], 0
    with (Path(logs) / 'node.log').open('wb') as log, processes.running(
            processes.NODE, words, processes.environment(PROFILE, Path(logs)), log) as process:
        assert spin(lambda: camera.get_subscription_count() and client.services_are_ready()
                    and infos, START_S), 'the node does not start'
        due = [time.monotonic()]
        warm = 2 * BETWEEN
        pump(lambda: stamp[0] >= warm)
        spin(lambda: len(drops) > 1, LAST_S)
        spin(lambda: warm in answered_s, LAST_S)
        due, before, begun = [time.monotonic()], drops[-1], stamp[0]
        for number in range(swaps):
            known = len(infos)
            client.set_parameters([Parameter('weights', value=folders[number % len(folders)])])
            if not pump(lambda known=known: any(
                    sha != infos[known - 1][1] for _, sha in infos[known:])):
                break
            done += 1
            swapped_s, last = infos[-1][0], stamp[0]
            pump(lambda last=last: stamp[0] >= last + BETWEEN)
            first_ms.append(next(((number, swapped_s) for number, at_s in sorted(sent_s.items())
                                  if at_s > swapped_s), None))
            memory.append(memory_mb(process.pid)[0])
        spin(lambda: stamp[0] in answered_s, LAST_S)
        known = len(drops)
        spin(lambda: len(drops) > known + 1, LAST_S)
        lost = {key: count for key, count in new_drops(before, drops[-1]).items() if count}
    latencies = {number: 1e3 * (answered_s[number] - at_s) for number, at_s in sent_s.items()
                 if number in answered_s and number > begun}
    firsts = [latencies[number] for number, _ in filter(None, first_ms) if number in latencies]
    node.destroy_node()
    rclpy.shutdown(context=context)
    half = len(memory) // 2
    return {'method': method, 'backend': backend, 'size': list(size),
            'max_keypoints': max_keypoints, 'rate_hz': RATE_HZ, 'swaps': swaps, 'swapped': done,
            'sent': stamp[0] - begun, 'answered': len(latencies), 'drops': lost,
            'median_ms': round(float(np.median(list(latencies.values()))), 1),
            'p99_ms': round(float(np.percentile(list(latencies.values()), 99)), 1),
            'most_ms': round(max(latencies.values()), 1),
            'first_after_swap_median_ms': round(float(np.median(firsts)), 1),
            'first_after_swap_most_ms': round(max(firsts), 1),
            'memory_mb': [round(value, 1) for value in memory],
            'grown_mb': round(float(np.median(memory[-3:]) - np.median(memory[half:half + 3])), 1)}


def main(arguments=None):
    """Swap and print."""
    from support.other_weights import other_weights
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--swaps', type=int, default=50)
    parser.add_argument('--method', default='residual_hessian_tiny')
    parser.add_argument('--size', default='320x240')
    parser.add_argument('--keypoints', type=int, default=500)
    parser.add_argument('--backend', default='onnxruntime')
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = other_weights(Path(name) / 'other', args.method)
        width, height = map(int, args.size.split('x'))
        print(json.dumps(rate_of_swaps(args.method, [str(folder), ''], args.swaps, name,
                                       (width, height), args.keypoints, args.backend)))
    return 0


if __name__ == '__main__':
    sys.exit(main())
