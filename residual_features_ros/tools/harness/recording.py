# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a back-end received, frame by frame."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rosbags.highlevel import AnyReader

from residual_features_ros.ros.conversions import message_to_rows
from residual_features_ros.tools.bags.rosbag import STORE, stamp_ns

DROPS = 'drops: '  # keys of ros/diagnostics.py


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


def read_recording(folder: Path) -> list[Frame]:
    """Join the messages of a recording by their stamps, in the order of sending."""
    frames: dict[int, Frame] = {}
    with AnyReader([folder], default_typestore=STORE) as reader:
        for connection, time_ns, raw in reader.messages():
            message: Any = reader.deserialize(raw, connection.msgtype)
            topic = connection.topic.rsplit('/')[-1]
            if topic == 'image_sent':
                stamp = int(message.stamp.sec) * 10**9 + int(message.stamp.nanosec)
                frames[stamp] = Frame(stamp, time_ns)
            elif topic in ('features', 'matches'):
                frame = frames.get(stamp_ns(message))
                if frame is None:  # the answer to a late probe
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
            message: Any = reader.deserialize(raw, connection.msgtype)
            totals.append({value.key.removeprefix(DROPS): int(value.value)
                           for status in message.status for value in status.values
                           if value.key.startswith(DROPS)})
    if not totals:
        return {}
    return {reason: count - totals[0].get(reason, 0) for reason, count in totals[-1].items()}


def lost(frames: Sequence[Frame]) -> int:
    """Return how many frames have no answer."""
    return sum(not frame.answered for frame in frames)
