# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Drives the node by a plan in a light process: bytes out, the times of the answers noted.

python -m residual_features_ros.tools.bench.node.driver PLAN.json
It says "ready" when it could meet the node, and waits for a line with pid and start of the node.
"""
from __future__ import annotations

import dataclasses
import gc
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from rclpy.serialization import deserialize_message, serialize_message
from std_msgs.msg import Header, String
from tqdm import tqdm

from residual_features_ros.ros.conversions import image_to_message
from residual_features_ros.ros.diagnostics import DROPS, new_drops
from residual_features_ros.tools.bench.node.frames import (
    MEASURE,
    SATURATE,
    WARM_UP,
    Answer,
    answer_of,
    frame_stamp,
)
from residual_features_ros.tools.bench.node.plan import Plan
from residual_features_ros.tools.bench.node.usage import memory_mb, processor_s
from residual_features_ros.tools.bench.sequences import there_and_back
from residual_features_ros.tools.harness.cdr import restamped
from residual_features_ros.tools.harness.client import (
    ANSWERS,
    FeatureClient,
    receiving,
    run_with_ros,
)

PROBE_PERIOD_S = 0.03  # the start of the node is known no better
SILENCE_S = 1.0
FRAME_TIMES = 'extractor/frame_times'


class Driver:
    """Sends prepared images phase by phase; keeps what little is needed of the answers."""

    def __init__(self, plan: Plan) -> None:
        """Open the topics and serialise the images."""
        self.plan = plan
        header = Header(frame_id='camera')
        self.images = [serialize_message(image_to_message(image, header))
                       for image in np.load(plan.images, mmap_mode='r')]
        self.answers: dict[str, list[Answer]] = {topic: [] for topic in ANSWERS}
        self.frame_times: list[bytes] = []
        self.memory: list[tuple[int, float, float, float]] = []
        self.sent_ns: list[int] = []
        self.client = FeatureClient('driver', plan.namespace, self._note,
                                    probe_period_s=PROBE_PERIOD_S, silence_s=SILENCE_S)
        self.client.listen(String, FRAME_TIMES)

    def _note(self, topic: str, received_ns: int, cdr: bytes) -> None:
        if topic in self.answers:
            self.answers[topic].append(answer_of(cdr, received_ns))
        elif topic == FRAME_TIMES:
            self.frame_times.append(cdr)

    def send(self, phase: int, count: int, rate: float) -> None:
        """Send frames at a rate in Hz, or with 0 as fast as answers come, and wait for them."""
        done, most = self.client.answered, self.in_flight()
        began_s = time.monotonic()
        self.sent_ns = []
        for i in tqdm(range(count), desc='drive', unit='frame', mininterval=1, disable=None,
                      leave=False):
            image = self.images[there_and_back(i, len(self.images))]
            frame = restamped(image, frame_stamp(phase, i))  # before it is due
            if phase == MEASURE and i % self.plan.memory_every == 0:
                self.note_memory(i, time.monotonic() - began_s)
            if rate:
                time.sleep(max(0.0, began_s + i / rate - time.monotonic()))
            else:
                self.client.settle(done + i + 1 - most)
            self.sent_ns.append(self.client.send(frame))
        self.client.settle(done + count)
        if phase == MEASURE:
            self.note_memory(count, time.monotonic() - began_s)

    def in_flight(self) -> int:
        """Return how many frames are to be under way: never a drop, never a pause.

        One with each worker that the node has told of, and one that waits.
        """
        return 1 + int(self.client.reported('workers') or 1)

    def note_memory(self, number: int, seconds: float) -> None:
        """Note the node's memory before a frame."""
        self.memory.append((number, seconds, *memory_mb(self.plan.pid)))

    def fps(self, phase: int) -> float:
        """Return the rate in Hz at which the matches of a phase came."""
        times = [answer.received_ns for answer in self.answers['matches']
                 if answer.phase == phase]
        return (len(times) - 1) * 1e9 / (times[-1] - times[0]) if len(times) > 1 else 0.0

    def drive(self) -> dict[str, Any]:
        """Go through the phases of the plan; return the record.

        Raises:
            TimeoutError: the node does not answer.
        """
        plan = self.plan
        started_ns = self.client.meet(self.images[0])
        record: dict[str, Any] = {'start_s': (started_ns - plan.started_ns) / 1e9}
        if not plan.frames:
            return record
        self.client.await_report()
        self.send(WARM_UP, plan.warm_up, 0)
        rate = plan.rate
        if not rate:
            self.send(SATURATE, plan.saturate, 0)
            record['highest_fps'] = self.fps(SATURATE)
            rate = plan.share * record['highest_fps']
        if not rate:
            raise TimeoutError('the node answers no frame any more')
        return {**record, 'rate': rate, **self.measure(rate)}

    def measure(self, rate: float) -> dict[str, Any]:
        """Send the frames that count; return what the record has of them."""
        drops = self.client.await_report()
        self.frame_times.clear()
        node_s, driver_s = processor_s(self.plan.pid), time.process_time()
        self.send(MEASURE, self.plan.frames, rate)
        node_s, driver_s = processor_s(self.plan.pid) - node_s, time.process_time() - driver_s
        drops = new_drops(drops, self.client.await_report())
        return {
            'fps': self.fps(MEASURE), 'node_processor_s': node_s, 'driver_processor_s': driver_s,
            'sent_ns': self.sent_ns, 'memory': self.memory,
            'drops': {f'{DROPS}{reason}': count for reason, count in drops.items()},
            **{topic: [(answer.number, answer.received_ns, answer.width) for answer in answers
                       if answer.phase == MEASURE] for topic, answers in self.answers.items()},
            'frame_times': [json.loads(deserialize_message(cdr, String).data)
                            for cdr in self.frame_times]}


def main() -> int:
    """Drive by the plan and write the record beside it."""
    return run_with_ros(lambda: drive_by(Path(sys.argv[1])), 'bench')


def drive_by(path: Path) -> None:
    """Read the plan, tell that all is ready, read where the node is, drive it."""
    driver = Driver(Plan(**json.loads(path.read_text())))
    gc.disable()  # nothing here makes cycles, and a collection would come between two frames
    with receiving(driver.client):
        print('ready', flush=True)
        driver.plan = dataclasses.replace(driver.plan, **json.loads(sys.stdin.readline()))
        record = driver.drive()
    path.with_name('record.json').write_text(json.dumps(record))


if __name__ == '__main__':
    sys.exit(main())
