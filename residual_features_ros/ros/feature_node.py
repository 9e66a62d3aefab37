# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the extractor and the stereo node share: parameters, queue, worker, report."""
from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType  # type: ignore[attr-defined]
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.qos_overriding_options import QoSOverridingOptions
from sensor_msgs.msg import Image
from std_msgs.msg import String

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.extractor import Extractor
from residual_features_ros.latency import LatencyController
from residual_features_ros.ros import statistics
from residual_features_ros.ros.diagnostics import State, to_message
from residual_features_ros.ros.image_input import ImageInput
from residual_features_ros.ros.image_qos import MASK_POLICIES
from residual_features_ros.ros.image_subscription import ImageSubscription
from residual_features_ros.ros.info import describe
from residual_features_ros.ros.lifecycle import ManagedNode
from residual_features_ros.ros.node_config import NODES, NodeConfig
from residual_features_ros.ros.parameters import NodeParameters, warn_of_unused_qos
from residual_features_ros.ros.troubles import Troubles
from residual_features_ros.ros.worker import NewestFirstWorker

OUTPUT_DEPTH = 5  # reliable and volatile: suits every kind of subscriber
LATCHED_QOS = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
WARN_PERIOD_S = 5.0
LOOK_PERIOD_S = 0.1  # from a new listener, or a camera with another QoS, to our subscription


class FeatureNode(ManagedNode):
    """Hands the newest input to `process` in a worker thread, while somebody listens."""

    def __init__(self, name: str) -> None:
        """Declare the parameters of node_config.NODES; see create_extractor for the errors."""
        super().__init__(name)
        self.worker: NewestFirstWorker[tuple[float, Any]] = NewestFirstWorker(self._work)
        self.settings = NodeParameters(self, NODES[name].configs, NODES[name].leave_out)
        self.extractor = Extractor(self.settings.get(ExtractorConfig))
        self.statistics = statistics.Statistics()
        self.latency_controller = LatencyController()
        self.troubles = Troubles(self.get_logger().warning)
        self.inputs: list[ImageInput] = []
        self.mask_topics: list[ImageSubscription] = []
        self.outputs: list[Publisher] = []
        self._idle = ''
        self._info: dict[str, Any] = {}
        self._info_lock = threading.Lock()
        self._info_publisher = self.create_publisher(String, 'features_info', LATCHED_QOS)
        # The first image costs more than the others, and tells how wide descriptors are.
        blank = self.extractor.warm_up()
        self.publish_info(describe(self.extractor, blank, self.settings.get(NodeConfig)))
        self._diagnostics = self.create_publisher(DiagnosticArray, '/diagnostics', OUTPUT_DEPTH)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(1.0, self._report, clock=steady)
        self.create_timer(LOOK_PERIOD_S, self._look, clock=steady)
        self.get_logger().info(
            f'{self.extractor.config.method}, backend: {self.extractor.backend_description}')

    def begin(self) -> None:
        """Begin to work, once all topics are open."""
        subscriptions = [*(images.subscription for images in self.inputs), *self.mask_topics]
        warn_of_unused_qos(self, [name for one in subscriptions for name in one.overrides])
        config = self.settings.get(NodeConfig)
        if config.lifecycle:
            self.begin_lifecycle(config.autostart)
        self._look()

    def process(self, item: Any) -> tuple[int, int]:
        """Serve one input; return the numbers of keypoints and matches."""
        raise NotImplementedError

    def add_output(self, kind: type, topic: str) -> Publisher:
        """Create a publisher whose subscribers give this node a reason to work."""
        self.outputs.append(self.create_publisher(
            kind, topic, QoSProfile(depth=OUTPUT_DEPTH),
            qos_overriding_options=QoSOverridingOptions.with_default_policies()))
        return self.outputs[-1]

    def subscribe_to_images(self, topic: str, callback: Callable[[Any], None]) -> ImageInput:
        """Subscribe to images of the transport and QoS that the parameters name."""
        self.inputs.append(ImageInput(
            self, topic, self.settings.get(NodeConfig), callback,
            lambda count: self.statistics.count_drop(statistics.LOST, count=count),
            self.troubles))
        return self.inputs[-1]

    def subscribe_to_masks(self, topic: str, callback: Callable[[Any], None]) -> None:
        """Subscribe to masks with the QoS that the parameters name, whether it works or not."""
        self.mask_topics.append(ImageSubscription(
            self, topic, Image, self.settings.get(NodeConfig).image_qos, callback,
            lambda count: None, self.troubles, MASK_POLICIES))

    def wanted(self, *publishers: Publisher) -> bool:
        """Return whether somebody listens to one of these (or the node works regardless)."""
        return (not self.settings.get(NodeConfig).lazy
                or any(publisher.get_subscription_count() for publisher in publishers))

    def offer(self, item: Any) -> None:
        """Take an input to the worker; the newest wins."""
        idle = bool(self._why_idle())
        self.statistics.count_received(idle)
        if not idle and self.worker.put((time.perf_counter(), item)):
            self.statistics.count_drop(statistics.TOO_SLOW)

    def publish_info(self, changes: dict[str, Any]) -> None:
        """Update the latched features_info, published when something changes."""
        with self._info_lock:
            info = {**self._info, **changes}
            if info != self._info:
                self._info = info
                self._info_publisher.publish(String(data=json.dumps(info)))

    def _work(self, job: tuple[float, Any]) -> None:
        began_s, item = job
        self.extractor.timings.note('wait', time.perf_counter() - began_s)
        wanted = self.settings.get(ExtractorConfig)
        self.extractor.reconfigure(self.latency_controller.limited(wanted))
        try:
            keypoints, matches = self.process(item)
        except ValueError as error:  # ConversionError, or an image too small to work on
            self.statistics.count_drop(statistics.BAD_IMAGE, str(error))
            self.get_logger().warning(f'image skipped: {error}',
                                      throttle_duration_sec=WARN_PERIOD_S)
        except Exception as error:  # the next image must be served whatever happened to this one
            if not self.context.ok():
                return
            self.statistics.count_drop(statistics.FAILED, f'{type(error).__name__}: {error}')
            self.get_logger().error(f'image failed: {type(error).__name__}: {error}',
                                    throttle_duration_sec=WARN_PERIOD_S)
        else:
            seconds = time.perf_counter() - began_s
            self.statistics.count_served(seconds, keypoints, matches)
            limit_ms = self.settings.get(NodeConfig).max_latency_ms
            if self.latency_controller.note(1000 * seconds, limit_ms):
                words = self.latency_controller.words(wanted)
                self.get_logger().warning(f'max_latency_ms {limit_ms:g}: {words}')
                self.publish_info({'latency_controller': words})

    def _look(self) -> None:
        """Follow who listens to the outputs and who publishes images."""
        idle = self._why_idle()
        for images in self.inputs:
            images.subscription.follow(not idle)
        for masks in self.mask_topics:  # while idle too: the newest may be an old one
            masks.follow(True)
        if idle and idle != self._idle:
            self.get_logger().info(f'idle: {idle}')
        self._idle = idle

    def _why_idle(self) -> str:
        """Return why there is nothing to do, '' where there is."""
        if not self.active:
            return 'the lifecycle state is not active'
        return '' if self.wanted(*self.outputs) else 'nobody listens'

    def _report(self) -> None:
        values = {'method': self.extractor.config.method,
                  'backend': self.extractor.backend_description,
                  'latency_controller': self.latency_controller.words(
                      self.settings.get(ExtractorConfig)),
                  **{f'{stage} p50 [ms]': f'{median:.1f}'
                     for stage, median in self.extractor.timings.medians().items()}}
        for images in self.inputs:
            images.complain_of_many_publishers()
        silence = '; '.join(filter(None, [images.silence() for images in self.inputs]))
        state = State(self.worker.alive, self._idle, silence, self.troubles.take())
        self._diagnostics.publish(to_message(
            self.get_fully_qualified_name(), self.statistics.report(), state, values,
            ', '.join(filter(None, dict.fromkeys(images.frame_id for images in self.inputs))),
            self.get_clock().now().to_msg()))

    def destroy_node(self) -> None:
        """End the worker, then the node."""
        self.worker.stop()
        super().destroy_node()
