# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Plays a bag to the node and records what comes back; a process that demo and evaluation start.

python -m residual_features_ros.tools.harness.player BAG RECORDING --namespace /demo [--rate 1]
"""
from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rclpy.qos import DurabilityPolicy, QoSProfile
from rosbags.rosbag2 import Reader
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import String
from tqdm import tqdm

from residual_features_ros.tools.bags.rosbag import COMPRESSED
from residual_features_ros.tools.harness.cdr import stamp_of
from residual_features_ros.tools.harness.client import FeatureClient, receiving, run_with_ros
from residual_features_ros.tools.harness.recording import SENT, sent_record, write_recording

LATCHED_QOS = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def main() -> int:
    """Play, then write the recording; quietly end on Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('bag', type=Path)
    parser.add_argument('recording', type=Path)
    parser.add_argument('--namespace', default='/demo')
    parser.add_argument('--rate', type=float, default=1.0)
    parser.add_argument('--masks', type=Path)
    args = parser.parse_args()
    return run_with_ros(
        lambda: play_and_record(args.bag, args.recording, args.namespace, args.rate, args.masks),
        'demo')


def play_and_record(bag: Path, recording: Path, namespace: str, rate: float,
                    masks: Path | None = None) -> None:
    """Play a bag of one image topic at so many times its speed and write the recording.

    Args:
        bag: of one image topic.
        recording: folder of the answers.
        namespace: of the node.
        rate: 1 = as recorded.
        masks: bag of one mask for each image, which is sent before it.

    Raises:
        TimeoutError: the node does not answer.
    """
    with Reader(bag) as reader:
        kind = CompressedImage if reader.connections[0].msgtype == COMPRESSED else Image
    first, first_mask = next(_raw_messages(bag)), next(_raw_messages(masks))
    records: list[tuple[str, int, bytes]] = []
    client = FeatureClient('back_end', namespace, lambda *record: records.append(record), kind)
    client.listen(String, 'features_info', LATCHED_QOS)
    with receiving(client):
        client.meet(first, first_mask)
        client.await_report()
        sent = play(client, bag, rate, masks)
        client.settle(len(sent))
        client.await_report()
    records += sent
    wall_offset_ns = time.time_ns() - time.monotonic_ns()  # one for all: their order is kept
    write_recording(recording, namespace, [(topic, time_ns + wall_offset_ns, cdr)
                                           for topic, time_ns, cdr in records])


def _raw_messages(bag: Path | None) -> Iterator[bytes]:
    """Yield the serialised messages of a bag; b'' for ever where there is none."""
    if bag is None:
        yield from itertools.repeat(b'')
        return
    with Reader(bag) as reader:
        for _, _, raw in reader.messages():
            yield bytes(raw)


def play(client: FeatureClient, bag: Path, rate: float,
         masks: Path | None = None) -> list[tuple[str, int, bytes]]:
    """Send the images of a bag at the times that it gives; return the record of each."""
    sent, its_mask = [], _raw_messages(masks)
    with Reader(bag) as reader:
        frames = reader.messages()
        began_s, first_ns = time.monotonic(), None
        for _, time_ns, raw in tqdm(frames, total=reader.message_count, desc='play',
                                    unit='frame', disable=None):
            first_ns = time_ns if first_ns is None else first_ns
            due_s = began_s + (time_ns - first_ns) / 1e9 / rate
            time.sleep(max(0.0, due_s - time.monotonic()))
            image = bytes(raw)
            sent.append((SENT, client.send(image, next(its_mask)), sent_record(stamp_of(image))))
    return sent


if __name__ == '__main__':
    sys.exit(main())
