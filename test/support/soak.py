# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Does a node last? python test/support/soak.py [--frames 20000] [--method orb].

A real extractor_node gets images over DDS whose size, encoding, rate and stamps change on the way:
every 50 frames another size, every 70 another kind of stamps (rising, equal, zero, backward), bad
images between them, pauses and bursts. Its memory, threads and open files are read from /proc. It
exits with 1 where one of them grows after the first fifth, or where the node does not answer.
"""
from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / 'test')]

from residual_features_ros.tools.bench.node.usage import memory_mb  # noqa: E402
from residual_features_ros.tools.harness.processes import (  # noqa: E402
    NODE,
    environment,
    ros_arguments,
    running,
)
from support import ros_nodes  # noqa: E402  (its domain is of this process alone)
from support.image_messages import ros_image  # noqa: E402
from support.pictures import textured  # noqa: E402

SIZES = ((320, 240), (640, 480), (160, 120), (320, 240), (424, 240))
ENCODINGS = 'mono8', 'bgr8', 'mono16', 'bayer_rggb8'
STAMPS = 'rising', 'equal', 'zero', 'backward'
ANSWER_S = 2.0
GROWTH_MB, GROWTH = 12.0, 4  # of memory; of threads and of files


def message(i, rng, pictures):
    """Return the i-th image, and whether it can be answered."""
    from sensor_msgs.msg import Image
    width, height = SIZES[i // 50 % len(SIZES)]
    kind = STAMPS[i // 70 % len(STAMPS)]
    seconds = {'rising': 10 + i, 'equal': 7, 'zero': 0, 'backward': 10**6 - i}[kind]
    if i % 97 == 13:  # a step that is too small
        return Image(width=width, height=height, encoding='mono8', step=1), False
    picture = pictures[width, height]
    shifted = np.roll(picture, int(rng.integers(-9, 9)), axis=1)
    return ros_image(shifted, ENCODINGS[i // 30 % len(ENCODINGS)], stamp=(seconds, 0)), True


def usage(pid):
    """Return memory in 10^6 bytes, number of threads, number of open files."""
    task, files = Path(f'/proc/{pid}/task'), Path(f'/proc/{pid}/fd')
    return memory_mb(pid)[0], len(list(task.iterdir())), len(list(files.iterdir()))


def soak(frames, method, seed=0):
    """Return the answers that came, those expected, and (frames sent, usage) on the way."""
    import rclpy
    from sensor_msgs.msg import Image, PointCloud2
    rng, samples, answers, expected = np.random.default_rng(seed), [], [0], 0
    pictures = {size: textured(*size, 4) for size in set(SIZES)}
    logs = Path(tempfile.mkdtemp())
    env = environment(ros_nodes.PROFILE, logs)
    rclpy.init()
    node = rclpy.create_node('soak')
    publisher = node.create_publisher(Image, 'image_raw', 10)
    node.create_subscription(PointCloud2, 'features',
                             lambda _: answers.__setitem__(0, answers[0] + 1), 10)
    with (logs / 'node.log').open('wb') as log, \
            running(NODE, ros_arguments('/', {'method': method}), env, log) as process:
        until = time.monotonic() + 60
        while not (publisher.get_subscription_count() and node.count_publishers('/features')) \
                and time.monotonic() < until:
            rclpy.spin_once(node, timeout_sec=0.05)
        for i in range(frames):
            sent, good = message(i, rng, pictures)
            publisher.publish(sent)
            expected, before = expected + good, answers[0]
            until = time.monotonic() + (ANSWER_S if good and i % 5 else 0.0)  # bursts of two
            while answers[0] == before and time.monotonic() < until:
                rclpy.spin_once(node, timeout_sec=0.05)
            if i % 1000 == 999:
                time.sleep(1.5)  # a pause
            if i % max(1, frames // 40) == 0:
                samples.append((i, *usage(process.pid)))
                print(*samples[-1], answers[0], flush=True)
            if process.poll() is not None:
                break
        alive = process.poll() is None
    node.destroy_node()
    rclpy.try_shutdown()
    print(f'log: {logs / "node.log"}')
    return answers[0], expected, samples, alive


def main(arguments=None):
    """Soak and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--frames', type=int, default=20000)
    parser.add_argument('--method', default='orb')
    args = parser.parse_args(arguments)
    answers, expected, samples, alive = soak(args.frames, args.method)
    settled = np.array(samples)[len(samples) // 5:]
    grown = np.median(settled[-3:], 0) - np.median(settled[:3], 0)
    print(f'{args.frames} frames, {expected} good, {answers} answered; the node '
          f'{"lives" if alive else "ENDED"}; from frame {settled[0, 0]:.0f} on: memory '
          f'{settled[0, 1]:.0f} to {settled[-1, 1]:.0f} MB, threads {settled[0, 2]:.0f} to '
          f'{settled[-1, 2]:.0f}, files {settled[0, 3]:.0f} to {settled[-1, 3]:.0f}')
    good = alive and answers > expected / 2 and grown[1] < GROWTH_MB and max(grown[2:]) < GROWTH
    return int(not good)


if __name__ == '__main__':
    sys.exit(main())
