# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera and a back-end in one light ROS 2 process: sends bytes, notes when answers come.

python -m residual_features_ros.tools.bench.node.driver PLAN.json
It says "ready" when it could meet the node, and waits for a line with pid and start of the node.
"""
from __future__ import annotations

import array
import contextlib
import dataclasses
import gc
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import Image, PointCloud2
from std_msgs.msg import String
from tqdm import tqdm

from residual_features_ros.tools.bench.node.messages import (
    MEASURE,
    PROBE,
    SATURATE,
    WARM_UP,
    Answer,
    answer_of,
    stamped,
)
from residual_features_ros.tools.bench.node.plan import Plan
from residual_features_ros.tools.bench.node.usage import memory_mb, processor_s
from residual_features_ros.tools.bench.sequences import there_and_back

READY_TIMEOUT_S = 60.0
PROBE_PERIOD_S = 0.03
SILENCE_S = 1.0  # this long after the last answer no other is expected
REPORT_S = 2.5  # the node reports once a second
IN_FLIGHT = 2  # one is worked on, one waits: never a drop, never a pause


class Driver(Node):
    """Publishes prepared images; keeps what little is needed of the answers."""

    def __init__(self, plan: Plan) -> None:
        """Open the topics and serialise the images."""
        super().__init__('driver', namespace=plan.namespace, enable_rosout=False,
                         start_parameter_services=False)
        self.plan = plan
        self.images = [bytearray(serialize_message(to_message(image)))
                       for image in np.load(plan.images, mmap_mode='r')]
        self.features: list[Answer] = []
        self.matches: list[Answer] = []
        self.texts: dict[str, list[bytes]] = {'frame_times': [], 'diagnostics': []}
        self.memory: list[tuple[int, float, float, float]] = []
        self.sent_ns: list[int] = []
        self.came = threading.Condition()
        self.publisher = self.create_publisher(Image, 'image_raw', 10)
        for topic, kept in (('features', self.features), ('matches', self.matches)):
            self.create_subscription(PointCloud2, topic, self._keep(kept), 10, raw=True)
        for topic, kind in (('extractor/frame_times', String), ('/diagnostics', DiagnosticArray)):
            self.create_subscription(kind, topic, self.texts[topic.rpartition('/')[2]].append,
                                     10, raw=True)

    def _keep(self, kept: list[Answer]) -> Callable[[bytes], None]:
        def keep(data: bytes) -> None:
            answer = answer_of(data, time.monotonic_ns())
            with self.came:
                kept.append(answer)
                self.came.notify()
        return keep

    def meet(self) -> int:
        """Send probes until both answers come; return when the first features came."""
        deadline = time.monotonic() + READY_TIMEOUT_S
        number = 0
        while not (self.features and self.matches):
            if time.monotonic() > deadline:
                raise TimeoutError(f'the node did not answer within {READY_TIMEOUT_S:.0f} s')
            if self.publisher.get_subscription_count():
                self.publisher.publish(stamped(self.images[0], PROBE, number))
                number += 1
            with self.came:
                self.came.wait_for(lambda: self.features and self.matches, PROBE_PERIOD_S)
        first_ns = self.features[0].received_ns
        self._settle(lambda: len(self.matches), number)
        return first_ns

    def _settle(self, count: Callable[[], int], wanted: int) -> None:
        """Return when so many are answered, or nothing has come for a while."""
        before = -1
        while before < count() < wanted:
            before = count()
            with self.came:
                self.came.wait_for(lambda: count() >= wanted, SILENCE_S)

    def send(self, phase: int, count: int, rate: float) -> None:
        """Send frames at a rate in Hz, or with 0 as fast as answers come, and wait for them."""
        done = len(self.matches)
        began_s = time.monotonic()
        self.sent_ns = []
        for i in tqdm(range(count), desc='drive', unit='frame', mininterval=1, disable=None,
                      leave=False):
            image = self.images[there_and_back(i, len(self.images))]
            message = stamped(image, phase, i)  # before it is due
            if phase == MEASURE and i % self.plan.memory_every == 0:
                self.note_memory(i, time.monotonic() - began_s)
            if rate:
                time.sleep(max(0.0, began_s + i / rate - time.monotonic()))
            else:
                self._settle(lambda: len(self.matches) - done, i + 1 - IN_FLIGHT)
            self.sent_ns.append(time.monotonic_ns())
            self.publisher.publish(message)
        self._settle(lambda: len(self.matches) - done, count)
        if phase == MEASURE:
            self.note_memory(count, time.monotonic() - began_s)

    def note_memory(self, number: int, seconds: float) -> None:
        """Note the node's memory before a frame."""
        self.memory.append((number, seconds, *memory_mb(self.plan.pid)))

    def fps(self, phase: int) -> float:
        """Return the rate in Hz at which the matches of a phase came."""
        times = [answer.received_ns for answer in self.matches if answer.phase == phase]
        return (len(times) - 1) * 1e9 / (times[-1] - times[0]) if len(times) > 1 else 0.0

    def await_report(self) -> dict[str, int]:
        """Return the drops by reason that the node reports next."""
        seen = len(self.texts['diagnostics'])
        deadline = time.monotonic() + REPORT_S
        while len(self.texts['diagnostics']) == seen and time.monotonic() < deadline:
            time.sleep(0.02)
        reports = [deserialize_message(data, DiagnosticArray)
                   for data in self.texts['diagnostics'][-1:]]
        return {value.key: int(value.value) for report in reports for status in report.status
                for value in status.values if value.key.startswith('drops: ')}

    def drive(self) -> dict[str, Any]:
        """Go through the phases of the plan; return the record."""
        plan = self.plan
        record: dict[str, Any] = {'start_s': (self.meet() - plan.started_ns) / 1e9}
        if not plan.frames:
            return record
        self.send(WARM_UP, plan.warm_up, 0)
        rate = plan.rate
        if not rate:
            self.send(SATURATE, plan.saturate, 0)
            record['highest_fps'] = self.fps(SATURATE)
            rate = plan.share * record['highest_fps']
        if not rate:
            raise TimeoutError('the node answers no frame any more')
        drops = self.await_report()
        self.texts['frame_times'].clear()
        used = processor_s(plan.pid), time.process_time()
        self.send(MEASURE, plan.frames, rate)
        record.update({
            'rate': rate, 'fps': self.fps(MEASURE),
            'node_processor_s': processor_s(plan.pid) - used[0],
            'driver_processor_s': time.process_time() - used[1],
            'sent_ns': self.sent_ns, 'memory': self.memory,
            'drops': {reason: total - drops.get(reason, 0)
                      for reason, total in self.await_report().items()},
            **{name: [(a.number, a.received_ns, a.width) for a in answers if a.phase == MEASURE]
               for name, answers in (('features', self.features), ('matches', self.matches))},
            'frame_times': [json.loads(deserialize_message(data, String).data)
                            for data in self.texts['frame_times']]})
        return record


def to_message(image: np.ndarray) -> Image:
    """Return the sensor_msgs/Image of a grey or BGR array."""
    data = array.array('B')
    data.frombytes(np.ascontiguousarray(image).data.cast('B'))
    height, width = image.shape[:2]
    message = Image(height=height, width=width, step=image.size // height, data=data,
                    encoding='mono8' if image.ndim == 2 else 'bgr8')
    message.header.frame_id = 'camera'
    return message


@contextlib.contextmanager
def spinning(node: Node) -> Iterator[None]:
    """Receive in a thread."""
    executor = SingleThreadedExecutor()
    executor.add_node(node)

    def spin() -> None:
        with contextlib.suppress(ExternalShutdownException):
            executor.spin()

    thread = threading.Thread(target=spin, daemon=True)
    thread.start()
    try:
        yield
    finally:
        executor.shutdown()
        thread.join(5)


def main() -> int:
    """Drive by the plan and write the record beside it."""
    path = Path(sys.argv[1])
    plan = Plan(**json.loads(path.read_text()))
    rclpy.init()
    node = Driver(plan)
    gc.disable()  # nothing here makes cycles, and a collection would come between two frames
    try:
        with spinning(node):
            print('ready', flush=True)
            node.plan = dataclasses.replace(plan, **json.loads(sys.stdin.readline()))
            record = node.drive()
        path.with_name('record.json').write_text(json.dumps(record))
    except TimeoutError as error:
        print(f'bench: {error}', file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130
    finally:
        node.destroy_node()
        rclpy.try_shutdown()
    return 0


if __name__ == '__main__':
    sys.exit(main())
