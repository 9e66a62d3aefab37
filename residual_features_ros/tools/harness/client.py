# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The partner of the node over DDS: a camera and a back-end in one light ROS 2 node.

It publishes serialised images and hands the serialised answers on: nothing is decoded while
frames are under way.
"""
from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage, Image, PointCloud2

from residual_features_ros.ros.diagnostics import drops_of
from residual_features_ros.tools.harness.cdr import is_probe, probe_stamp, restamped, stamp_of

ANSWERS = ('features', 'matches')
READY_TIMEOUT_S = 60.0  # the node loads its networks meanwhile
DISCOVERY_POLL_S = 0.02
PROBE_SILENCE_S = 1.0  # this long after the answer to a probe no other is expected
REPORT_TIMEOUT_S = 2.5  # the node reports once a second
EXIT_TIMEOUT, EXIT_INTERRUPTED = 3, 130

OnMessage = Callable[[str, int, bytes], None]


class FeatureClient(Node):
    """Publishes images as bytes, counts the answers and hands them on.

    Counted is a frame once features and matches of it have come. What is sent to `meet` the node
    are probes, which are counted apart.
    """

    def __init__(self, name: str, namespace: str, on_message: OnMessage,
                 image_type: type = Image, probe_period_s: float = 0.5,
                 silence_s: float = 3.0) -> None:
        """Open the topics.

        Args:
            name: of this node.
            namespace: of this node and of the one that answers.
            on_message: gets topic, time.monotonic_ns() of its arrival and bytes of each answer
                to a frame, and of each report on /diagnostics once the two nodes have met. It
                is called in the receiving thread.
            image_type: Image or CompressedImage.
            probe_period_s: from one probe to the next.
            silence_s: this long after the last answer no other is expected.
        """
        super().__init__(name, namespace=namespace, enable_rosout=False,
                         start_parameter_services=False)
        self._on_message = on_message
        self._probe_period_s, self._silence_s = probe_period_s, silence_s
        self._answer_came, self._report_came = threading.Condition(), threading.Condition()
        self._frames, self._probes = dict.fromkeys(ANSWERS, 0), dict.fromkeys(ANSWERS, 0)
        self._first_features_ns = 0
        self._met = False
        self._newest_report = b''
        topic = 'image_raw/compressed' if image_type is CompressedImage else 'image_raw'
        self._images: Publisher = self.create_publisher(image_type, topic, 10)
        self._masks: Publisher | None = None  # the node minds who publishes masks
        for answer in ANSWERS:
            self._subscribe(PointCloud2, answer, partial(self._on_answer, answer))
        self._subscribe(DiagnosticArray, '/diagnostics', self._on_report)

    def listen(self, kind: type, topic: str, qos: QoSProfile | int = 10) -> None:
        """Hand on the messages of another topic as well, from now on."""
        self._subscribe(kind, topic,
                        lambda cdr: self._on_message(topic, time.monotonic_ns(), cdr), qos)

    def meet(self, image: bytes, mask: bytes = b'') -> int:
        """Return once images reach the node and its answers reach us.

        Discovery has two sides, and ours does not see when the node has found our subscriptions:
        probes, copies of an image with stamps of their own, are sent until both answers arrive.

        Returns:
            time.monotonic_ns() when the first features came.

        Raises:
            TimeoutError: no answer within READY_TIMEOUT_S.
        """
        deadline_s = time.monotonic() + READY_TIMEOUT_S
        sent = 0
        while not min(self._probes.values()):
            if time.monotonic() > deadline_s:
                raise TimeoutError(f'the node did not answer within {READY_TIMEOUT_S:.0f} s')
            if not self._images.get_subscription_count():
                time.sleep(DISCOVERY_POLL_S)
                continue
            sent += 1
            self.send(restamped(image, probe_stamp(sent)),
                      restamped(mask, probe_stamp(sent)) if mask else b'')
            with self._answer_came:
                self._answer_came.wait_for(lambda: min(self._probes.values()) > 0,
                                           self._probe_period_s)
        self._settle(self._probes, sent, PROBE_SILENCE_S)
        self._met = True
        return self._first_features_ns

    def send(self, image: bytes, mask: bytes = b'') -> int:
        """Publish a serialised image; return time.monotonic_ns() just before.

        Args:
            image: Image or CompressedImage.
            mask: Image of the same stamp, b'' for none; it goes ahead.
        """
        if mask:
            self._masks = self._masks or self.create_publisher(Image, 'mask', 10)
            self._masks.publish(mask)
        sent_ns = time.monotonic_ns()
        self._images.publish(image)
        return sent_ns

    @property
    def answered(self) -> int:
        """Return how many frames are answered since the start."""
        return min(self._frames.values())

    def settle(self, frames: int) -> None:
        """Return once so many frames are answered, or nothing has come for a while."""
        self._settle(self._frames, frames, self._silence_s)

    def await_report(self) -> dict[str, int]:
        """Return the drops by reason that the node reports next, {} if it has never reported."""
        with self._report_came:
            self._report_came.wait(REPORT_TIMEOUT_S)
        return drops_of(deserialize_message(self._newest_report, DiagnosticArray)) \
            if self._newest_report else {}

    def reported(self, key: str) -> str:
        """Return a value of the newest report, '' where it has none."""
        if not self._newest_report:
            return ''
        report = deserialize_message(self._newest_report, DiagnosticArray)
        return next((value.value for status in report.status for value in status.values
                     if value.key == key), '')

    def _subscribe(self, kind: type, topic: str, callback: Callable[[bytes], None],
                   qos: QoSProfile | int = 10) -> None:
        self.create_subscription(kind, topic, callback, qos, raw=True)

    def _on_answer(self, topic: str, cdr: bytes) -> None:
        received_ns = time.monotonic_ns()
        probe = is_probe(stamp_of(cdr))
        if not probe:
            self._on_message(topic, received_ns, cdr)
        elif topic == 'features':
            self._first_features_ns = self._first_features_ns or received_ns
        with self._answer_came:
            (self._probes if probe else self._frames)[topic] += 1
            self._answer_came.notify()

    def _on_report(self, cdr: bytes) -> None:
        if self._met:
            self._on_message('diagnostics', time.monotonic_ns(), cdr)
        with self._report_came:
            self._newest_report = cdr
            self._report_came.notify()

    def _settle(self, counts: dict[str, int], wanted: int, silence_s: float) -> None:
        with self._answer_came:
            while min(counts.values()) < wanted and self._answer_came.wait(silence_s):
                pass


@contextlib.contextmanager
def receiving(node: Node) -> Iterator[None]:
    """Call the node's callbacks in a thread of their own; destroy the node in the end."""
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
        node.destroy_node()


def run_with_ros(work: Callable[[], None], name: str) -> int:
    """Do the work of a process whose name begins what it says; return its exit code."""
    try:
        rclpy.init()
        work()
    except TimeoutError as error:
        print(f'{name}: {error}', file=sys.stderr)
        return EXIT_TIMEOUT
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    finally:
        rclpy.try_shutdown()
    return 0
