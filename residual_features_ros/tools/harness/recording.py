# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The recording of a player: what was sent and what came back, frame by frame."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rosbags.highlevel import AnyReader

from residual_features_ros.ros.conversions import message_to_rows
from residual_features_ros.ros.diagnostics import drops_of, new_drops
from residual_features_ros.tools.bags.rosbag import STORE, header, stamp_ns, writing
from residual_features_ros.tools.harness.cdr import stamp_of

SENT = 'image_sent'  # the header of each image, at the time of its sending
TYPES = {'features': 'sensor_msgs/msg/PointCloud2', 'matches': 'sensor_msgs/msg/PointCloud2',
         'features_info': 'std_msgs/msg/String',
         'diagnostics': 'diagnostic_msgs/msg/DiagnosticArray', SENT: 'std_msgs/msg/Header'}


@dataclass
class Frame:
    """One image sent and its answers; times in nanoseconds, None where none came.

    features, matches: structured rows, the fields as the messages have them.
    """

    stamp: int
    sent: int
    received: int | None = None
    features: np.ndarray | None = None
    matches: np.ndarray | None = None

    @property
    def answered(self) -> bool:
        """Return whether features and matches came."""
        return self.features is not None and self.matches is not None

    @property
    def latency_ms(self) -> float:
        """Return the time from sending the image to receiving its features."""
        return float('nan') if self.received is None else (self.received - self.sent) / 1e6

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the matched pixels (M, 2) of this frame and of the one before."""
        if self.matches is None:
            return np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32)
        rows = self.matches
        return (np.stack([rows['x'], rows['y']], 1),
                np.stack([rows['prev_x'], rows['prev_y']], 1))


def sent_record(stamp_ns: int) -> bytes:
    """Return the serialised message of SENT for an image of this stamp."""
    return bytes(STORE.serialize_cdr(header(stamp_ns), TYPES[SENT]))


def write_recording(folder: Path, namespace: str,
                    records: Iterable[tuple[str, int, bytes]]) -> None:
    """Write (topic of TYPES, time in ns, serialised message) as a rosbag2, in order of time."""
    with writing(folder) as writer:
        connections = {topic: writer.add_connection(f'{namespace}/{topic}', kind, typestore=STORE)
                       for topic, kind in TYPES.items()}
        for topic, time_ns, cdr in sorted(records, key=lambda record: record[1]):
            writer.write(connections[topic], time_ns, cdr)


def read_recording(folder: Path) -> list[Frame]:
    """Join the messages of a recording by their stamps, in the order of sending."""
    frames: dict[int, Frame] = {}
    with AnyReader([folder], default_typestore=STORE) as reader:
        for connection, time_ns, raw in reader.messages():
            topic = connection.topic.rpartition('/')[2]
            if topic == SENT:
                stamp = stamp_of(raw)
                frames[stamp] = Frame(stamp, time_ns)
            elif topic in ('features', 'matches'):
                message: Any = reader.deserialize(raw, connection.msgtype)
                frame = frames.get(stamp_ns(message))
                if frame is None:  # no image of this player
                    continue
                setattr(frame, topic, message_to_rows(message).copy())
                if topic == 'features':
                    frame.received = time_ns
    return list(frames.values())


def node_drops(folder: Path) -> dict[str, int]:
    """Return the images that the node itself says it dropped while the bag played, by reason."""
    totals: list[dict[str, int]] = []
    with AnyReader([folder], default_typestore=STORE) as reader:
        connections = [c for c in reader.connections if c.topic.endswith('/diagnostics')]
        for connection, _, raw in reader.messages(connections=connections):
            totals.append(drops_of(reader.deserialize(raw, connection.msgtype)))
    return new_drops(totals[0], totals[-1]) if totals else {}


def lost(frames: Sequence[Frame]) -> int:
    """Return how many frames have no answer."""
    return sum(not frame.answered for frame in frames)
