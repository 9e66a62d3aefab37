# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera and a back-end in one ROS 2 process: plays a bag, records what comes back.

python -m residual_features_ros.tools.harness.player BAG RECORDING --namespace /demo [--rate 1]
"""
from __future__ import annotations

import argparse
import contextlib
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, QoSProfile
from rosbags.rosbag2 import Reader
from sensor_msgs.msg import CompressedImage, Image, PointCloud2
from std_msgs.msg import String
from tqdm import tqdm

from residual_features_ros.tools.bags.rosbag import COMPRESSED, STORE, header, writing
from residual_features_ros.tools.harness.cdr import is_probe, restamp, stamp_of

READY_TIMEOUT_S = 60.0  # the node loads its networks meanwhile
PROBE_PERIOD_S = 0.5
SILENCE_S = 3.0  # this long after the last answer no other is expected
ANSWERS = {'features': 'sensor_msgs/msg/PointCloud2', 'matches': 'sensor_msgs/msg/PointCloud2',
           'features_info': 'std_msgs/msg/String',
           'diagnostics': 'diagnostic_msgs/msg/DiagnosticArray'}
REPORT_S = 2.0  # the node reports once a second
SENT = 'image_sent'  # std_msgs/Header of each image in the recording, at the time of sending
SEND_TYPE = 'std_msgs/msg/Header'
PROBE_STAMP_NS = 1  # of the first, the next has 2 ns: no image of a bag is that old


class Clock:
    """Wall time in nanoseconds that does not jump."""

    def __init__(self) -> None:
        """Take the wall time once."""
        self._offset = time.time_ns() - time.monotonic_ns()

    def __call__(self) -> int:
        """Return the time now."""
        return self._offset + time.monotonic_ns()


class BackEnd(Node):
    """Publishes images as bytes and keeps the bytes of all answers with their time."""

    def __init__(self, namespace: str, image_topic: str, kind: type) -> None:
        """Open the topics."""
        super().__init__('back_end', namespace=namespace)
        self.now = Clock()
        self.probing = True
        self.records: list[tuple[str, int, bytes]] = []
        self.images: Publisher = self.create_publisher(kind, image_topic, 10)
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        for topic, answer, qos in (('features', PointCloud2, 10), ('matches', PointCloud2, 10),
                                   ('features_info', String, latched),
                                   ('/diagnostics', DiagnosticArray, 10)):
            self.create_subscription(answer, topic, self._keep(topic.strip('/')), qos, raw=True)

    def _keep(self, topic: str) -> Callable[[bytes], None]:
        def keep(data: bytes) -> None:
            received_ns = self.now()
            if topic == 'features_info' or self.probing or not is_probe(stamp_of(data)):
                self.records.append((topic, received_ns, data))
        return keep

    def send(self, cdr: bytes) -> None:
        """Publish an image and note when."""
        stamp = header(stamp_of(cdr))
        self.records.append(
            (SENT, self.now(), bytes(STORE.serialize_cdr(stamp, SEND_TYPE))))
        self.images.publish(cdr)

    def count(self, topic: str) -> int:
        """Return how many messages of a topic are kept."""
        return sum(name == topic for name, _, _ in list(self.records))

    def await_report(self) -> None:
        """Return when the node has reported its drops as they are now."""
        seen = self.count('diagnostics')
        wait_until(lambda: self.count('diagnostics') > seen, REPORT_S)

    def has_answered(self, images: int) -> bool:
        """Return whether features and matches of so many images are kept."""
        return min(self.count('features'), self.count('matches')) >= images


def wait_until(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Poll a condition; return whether it came true in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def meet(back_end: BackEnd, probe: bytes) -> None:
    """Return once images reach the node and its answers reach us.

    Discovery has two sides, and ours does not see when the node has found our subscriptions:
    probes, copies of the first image, are sent until both answers arrive, then forgotten.
    """
    deadline = time.monotonic() + READY_TIMEOUT_S
    sent = 0
    while not back_end.has_answered(1):
        if time.monotonic() > deadline:
            raise TimeoutError(f'the node did not answer within {READY_TIMEOUT_S:.0f} s')
        if not wait_until(lambda: back_end.images.get_subscription_count() > 0, 0.1):
            continue
        back_end.send(restamp(probe, PROBE_STAMP_NS + sent))
        sent += 1
        wait_until(partial(back_end.has_answered, sent), PROBE_PERIOD_S)
    wait_until(partial(back_end.has_answered, sent), PROBE_PERIOD_S)
    back_end.probing = False  # the answer to a late probe is none of a frame
    back_end.records[:] = [r for r in back_end.records if r[0] == 'features_info']


def play(back_end: BackEnd, bag: Path, rate: float) -> int:
    """Send the images of a bag at the times that it gives; return how many."""
    with Reader(bag) as reader:
        frames = reader.messages()
        began_s, first_ns, count = time.monotonic(), None, 0
        for _, time_ns, data in tqdm(frames, total=reader.message_count, desc='play',
                                     unit='frame', disable=None):
            first_ns = time_ns if first_ns is None else first_ns
            due_s = began_s + (time_ns - first_ns) / 1e9 / rate
            time.sleep(max(0.0, due_s - time.monotonic()))
            back_end.send(bytes(data))
            count += 1
    return count


def settle(back_end: BackEnd, sent: int) -> None:
    """Return when all is answered, or nothing has come for a while."""
    answers = -1
    while not back_end.has_answered(sent) and back_end.count('features') > answers:
        answers = back_end.count('features')
        wait_until(partial(back_end.has_answered, sent), SILENCE_S)


def record(folder: Path, namespace: str, records: list[tuple[str, int, bytes]]) -> None:
    """Write what was sent and received as a rosbag2."""
    with writing(folder) as writer:
        connections = {topic: writer.add_connection(f'{namespace}/{topic}', kind, typestore=STORE)
                       for topic, kind in {**ANSWERS, SENT: SEND_TYPE}.items()}
        for topic, time_ns, data in sorted(records, key=lambda r: r[1]):
            writer.write(connections[topic], time_ns, data)


def main() -> int:
    """Play, then write the recording; quietly end on Ctrl-C."""
    try:
        words = _parser().parse_args()
        return run(words.bag, words.recording, words.namespace, words.rate)
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('bag', type=Path)
    parser.add_argument('recording', type=Path)
    parser.add_argument('--namespace', default='/demo')
    parser.add_argument('--rate', type=float, default=1.0)
    return parser


def run(bag: Path, recording: Path, namespace: str, rate: float) -> int:
    """Play the bag and write the recording; return the exit code."""
    with Reader(bag) as reader:
        compressed = reader.connections[0].msgtype == COMPRESSED
        probe = bytes(next(reader.messages())[2])
    rclpy.init()
    topic = 'image_raw/compressed' if compressed else 'image_raw'
    back_end = BackEnd(namespace, topic, CompressedImage if compressed else Image)
    executor = SingleThreadedExecutor()
    executor.add_node(back_end)
    receiving = threading.Thread(target=_spin, args=(executor,), daemon=True)
    receiving.start()
    try:
        meet(back_end, probe)
        back_end.await_report()
        settle(back_end, play(back_end, bag, rate))
        back_end.await_report()
    except TimeoutError as error:
        print(f'demo: {error}', file=sys.stderr)
        return 3
    finally:
        executor.shutdown()
        receiving.join(5)
        back_end.destroy_node()
        rclpy.try_shutdown()
    record(recording, namespace, back_end.records)
    return 0


def _spin(executor: Any) -> None:
    with contextlib.suppress(ExternalShutdownException):
        executor.spin()


if __name__ == '__main__':
    sys.exit(main())
