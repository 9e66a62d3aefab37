# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the extractor and the stereo node share: parameters, queue, worker, report."""
from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import rclpy.logging
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType  # type: ignore[attr-defined]
from rclpy.parameter import Parameter
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.qos_overriding_options import QoSOverridingOptions
from sensor_msgs.msg import Image
from std_msgs.msg import String

from residual_features_ros.certification import certify, check_fit, is_unchanged
from residual_features_ros.config import ExtractorConfig, MatcherConfig
from residual_features_ros.errors import ConfigError, ModelCardError
from residual_features_ros.extractor import Extractor
from residual_features_ros.latency import LatencyController
from residual_features_ros.mask import Mask
from residual_features_ros.matcher import Matcher, open_matcher
from residual_features_ros.model_card import ModelCard
from residual_features_ros.ros import statistics
from residual_features_ros.ros.diagnostics import State, to_message
from residual_features_ros.ros.extracted import Extracted
from residual_features_ros.ros.extractors import create_extractors, share
from residual_features_ros.ros.image_input import ImageInput
from residual_features_ros.ros.image_qos import MASK_POLICIES
from residual_features_ros.ros.image_subscription import ImageSubscription
from residual_features_ros.ros.info import describe, describe_matcher, lost, words_of
from residual_features_ros.ros.lifecycle import ManagedNode
from residual_features_ros.ros.node_config import NODES, NodeConfig
from residual_features_ros.ros.parameters import NodeParameters, warn_of_unused_qos
from residual_features_ros.ros.troubles import Troubles
from residual_features_ros.ros.weights_swap import WeightsSwap
from residual_features_ros.ros.worker import NewestFirstWorkers, Place
from residual_features_ros.timings import medians_of

OUTPUT_DEPTH = 5  # reliable and volatile: suits every kind of subscriber
LATCHED_QOS = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
WARN_PERIOD_S = 5.0
FALLBACKS = 'matched by the fallback'  # key of a count of images since the node's start
OF_IMAGES = 'image_width', 'image_height', 'mask'  # in features_info, whatever the weights
USUAL_SIZE = 640, 480  # (width, height) of images before the first one
LOOK_PERIOD_S = 0.1  # from a new listener, or a camera with another QoS, to our subscription


class FeatureNode(ManagedNode):
    """Finds features in the newest inputs in worker threads, while somebody listens.

    Features of several inputs are found at the same time; `convert` and `publish` are called for
    one after the other, in the order in which they came.
    """

    def __init__(self, name: str) -> None:
        """Declare the parameters of node_config.NODES; see create_extractor for the errors."""
        super().__init__(name)
        self.settings = NodeParameters(self, NODES[name].configs, NODES[name].leave_out)
        count = self.settings.get(NodeConfig).workers
        self.extractors: Sequence[Extractor] = create_extractors(
            self.settings.get(ExtractorConfig), count)
        self.extractor = self.extractors[0]  # whose features are published
        self.newest: tuple[int, int] | None = None  # stamp of the last one published
        self.settings.require(ExtractorConfig, lambda config: self.extractors[0].check(config))
        self.settings.require(
            MatcherConfig, lambda config: self.matcher(config, self.extractors[0]))
        matcher = self.matcher(self.settings.get(MatcherConfig))
        self.statistics = statistics.Statistics()
        self.latency_controller = LatencyController()
        self.troubles = Troubles(self.get_logger().warning)
        self.inputs: list[ImageInput] = []
        self.mask_topics: list[ImageSubscription] = []
        self.outputs: list[Publisher] = []
        self._idle = ''
        self._info: dict[str, Any] = {}
        self._info_lock = threading.Lock()
        self.log_lock = threading.Lock()  # an older rclpy does not stand two threads at one call
        self._info_publisher = self.create_publisher(String, 'features_info', LATCHED_QOS)
        # The first image costs more than the others, and tells how wide descriptors are.
        self.blank, *_ = [extractor.warm_up() for extractor in self.extractors]
        matcher.warm_up(self.blank)
        self.publish_info({**describe(self.extractor, self.blank, self.settings.get(NodeConfig)),
                           **describe_matcher(matcher)})
        self.workers: NewestFirstWorkers[tuple[float, Any]] = NewestFirstWorkers(
            self._work, count)
        self.weights = WeightsSwap(self.extractor.config.weights, self._swap_weights)
        self._settling = False  # the parameter is being set to what runs
        self.settings.watch('weights', self._refuse_weights, lambda folder: (
            None if self._settling else self.weights.want(folder)))
        self._diagnostics = self.create_publisher(DiagnosticArray, '/diagnostics', OUTPUT_DEPTH)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(1.0, self._report, clock=steady)
        self.create_timer(LOOK_PERIOD_S, self._look, clock=steady)
        self.get_logger().info(
            f'{self.extractor.config.method}, backend: {self.extractor.backend_description}; '
            f'{words_of(matcher)}')

    def begin(self) -> None:
        """Begin to work, once all topics are open."""
        self.warn_of_unused_qos()
        config = self.settings.get(NodeConfig)
        if config.lifecycle:
            self.begin_lifecycle(config.autostart)
        self._look()

    def warn_of_unused_qos(self) -> None:
        """Warn of qos_overrides.* that no topic takes."""
        subscriptions = [*(images.subscription for images in self.inputs), *self.mask_topics]
        warn_of_unused_qos(self, [name for one in subscriptions for name in one.overrides])

    def convert(self, item: Any) -> tuple[list[np.ndarray], list[Mask | None]]:
        """Return the images of an input and their masks; ValueError where it has none."""
        raise NotImplementedError

    def matcher(self, config: MatcherConfig, extractor: Extractor | None = None) -> Matcher:
        """Return the matcher of some settings; ConfigError where the method has not got them.

        Args:
            config: the settings.
            extractor: whose features it matches, None for the one that runs.
        """
        return open_matcher(config, extractor or self.extractor)

    def check_weights(self, card: ModelCard | None) -> None:
        """Raise ConfigError for weights that what this node does with features cannot take."""

    def prepare(self, extractor: Extractor) -> Any:
        """Return what the features of other weights need; see check_weights for the error."""

    def begin_anew(self, prepared: Any) -> dict[str, Any]:
        """Let go what the weights before have left behind, and take what was prepared.

        Returns:
            What features_info tells of it.
        """
        return {}

    def publish(self, extracted: Extracted) -> tuple[int, int]:
        """Publish what was found in an input; return the numbers of keypoints and matches."""
        raise NotImplementedError

    def silence(self) -> str:
        """Return why no image comes, '' where some do."""
        return '; '.join(filter(None, [images.silence() for images in self.inputs]))

    def details(self) -> dict[str, str]:
        """Return what diagnostics tell beside what all nodes do."""
        return {}

    def add_output(self, kind: type, topic: str) -> Publisher:
        """Create a publisher whose subscribers give this node a reason to work."""
        self.outputs.append(self.create_publisher(
            kind, topic, QoSProfile(depth=OUTPUT_DEPTH),
            qos_overriding_options=QoSOverridingOptions.with_default_policies()))
        return self.outputs[-1]

    def subscribe_to_images(self, topic: str, callback: Callable[[Any], None],
                            transport: str = '') -> ImageInput:
        """Subscribe to images of the QoS that the parameters name, and of their transport.

        Another transport may be given.
        """
        config = self.settings.get(NodeConfig)
        self.inputs.append(ImageInput(
            self, topic, dataclasses.replace(
                config, image_transport=transport or config.image_transport), callback,
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
        """Take an input to the workers; the newest wins."""
        idle = bool(self._why_idle())
        self.statistics.count_received(idle)
        if not idle and self.workers.put((time.perf_counter(), item)):
            self.statistics.count_drop(statistics.TOO_SLOW)

    def publish_info(self, changes: dict[str, Any]) -> None:
        """Update the latched features_info, published when something changes."""
        with self._info_lock:
            info = {**self._info, **changes}
            if info != self._info:
                self._info = info
                self._info_publisher.publish(String(data=json.dumps(info)))

    def _work(self, job: tuple[float, Any], place: Place) -> None:
        """Serve an input; whatever happens to it, the next one must be served."""
        try:
            self._serve(*job, place)
        except ValueError as error:  # ConversionError, or an image too small to work on
            self.statistics.count_drop(statistics.BAD_IMAGE, str(error))
            with self.log_lock:
                self.get_logger().warning(f'image skipped: {error}',
                                          throttle_duration_sec=WARN_PERIOD_S)
        except Exception as error:
            if not self.context.ok():
                self.statistics.count_drop(statistics.ENDED)
                return
            self.statistics.count_drop(statistics.FAILED, f'{type(error).__name__}: {error}')
            with self.log_lock:
                self.get_logger().error(f'image failed: {type(error).__name__}: {error}',
                                        throttle_duration_sec=WARN_PERIOD_S)

    def _serve(self, came_s: float, item: Any, place: Place) -> None:
        control = self.latency_controller
        with place.beginning:
            extractor = self.extractors[place.worker]
            timings = extractor.timings
            timings.note('wait', time.perf_counter() - came_s)
            settings, level = self.settings.frozen(), control.level
            wanted = dataclasses.replace(  # weights change with the extractor
                share(settings.get(ExtractorConfig), len(self.extractors)),
                weights=extractor.config.weights)
            extractor.reconfigure(control.limited(wanted))
            with timings.timed('convert'):
                images, masks = self.convert(item)
        with timings.timed('extract'):
            features = extractor.extract_batch(images, masks)
        found_s = time.perf_counter()
        with place.end:
            timings.note('turn', time.perf_counter() - found_s)
            counts = self.publish(Extracted(item, images, features, settings, timings))
            seconds = time.perf_counter() - came_s
            self.statistics.count_served(seconds, *counts)
            limit_ms = self.settings.get(NodeConfig).max_latency_ms
            if control.note(1000 * seconds, limit_ms, level):
                words = control.words(wanted)
                self.get_logger().warning(f'max_latency_ms {limit_ms:g}: {words}')
                self.publish_info({'latency_controller': words})

    def _refuse_weights(self, folder: str) -> None:
        """Raise ConfigError for weights of which a look at their card says that they fail."""
        if folder == self.weights.folder:
            return
        try:
            self.check_weights(check_fit(folder, self.extractor))
        except (ModelCardError, ConfigError) as error:
            self.troubles.say('weights', f'weights: {error}', 0.0)
            raise ConfigError(f'weights: {error}') from error

    def _swap_weights(self, folder: str) -> None:
        """Load weights beside those that run, try them, and put them in their place."""
        running, began_s = self.extractor, time.perf_counter()
        check_fit(folder, running)
        if folder == self.weights.folder and is_unchanged(folder, running):
            return
        loaded = create_extractors(dataclasses.replace(
            self.settings.get(ExtractorConfig), weights=folder), len(self.extractors))
        self.weights.check_wanted()
        width, height = self._info['image_width'], self._info['image_height']
        certify(loaded, running, self.blank, (width, height) if width else USUAL_SIZE)
        self._put_in_place(loaded)
        with self.log_lock:
            self.get_logger().info(
                f'weights of {folder or "the package"} run, loaded and tried in '
                f'{time.perf_counter() - began_s:.1f} s{lost(running, loaded[0])}')

    def _put_in_place(self, loaded: Sequence[Extractor]) -> None:
        """Let other extractors see the next image; what they need is made before."""
        first, prepared = loaded[0], self.prepare(loaded[0])
        blank, matcher = first.warm_up(), self.matcher(self.settings.get(MatcherConfig), first)
        if matcher.network:
            matcher.warm_up(blank)
        info = {**describe(first, blank, self.settings.get(NodeConfig)),
                **describe_matcher(matcher)}

        def begin() -> None:
            self.weights.check_wanted()
            first.check(self.settings.get(ExtractorConfig))  # they may have changed
            self.matcher(self.settings.get(MatcherConfig), first)
            self.extractors = loaded

        def end() -> None:
            self.extractor, self.blank = first, blank
            changes = {**info, **self.begin_anew(prepared), 'weights_after': self.newest}
            self.publish_info({name: value for name, value in changes.items()
                               if name not in OF_IMAGES})

        self.workers.between(begin, end)

    def _settle_weights(self) -> None:
        """Say which weights could not be put in place, and let the parameter tell what runs."""
        for failure in self.weights.take_failures():
            running = self.weights.folder
            self.troubles.say('weights', f'weights {failure.folder}: {failure.reason}; those of '
                              f'{running or "the package"} go on', 0.0)
            if self.get_parameter('weights').value == failure.folder != running:
                self._settling = True
                self.set_parameters([Parameter('weights', value=running)])
                self._settling = False

    def _look(self) -> None:
        """Follow who listens to the outputs and who publishes images."""
        self._settle_weights()
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
        self.publish_info({'backend': self.extractor.backend_description})  # another may go on
        medians = medians_of(extractor.timings for extractor in self.extractors)
        values = {'method': self.extractor.config.method,
                  'backend': self.extractor.backend_description,
                  'weights': (self.weights.folder or 'of the package')
                  + (', others are being loaded' if self.weights.loading else ''),
                  'workers': str(len(self.extractors)),
                  'latency_controller': self.latency_controller.words(
                      self.settings.get(ExtractorConfig)),
                  **{f'{stage} p50 [ms]': f'{median:.1f}' for stage, median in medians.items()}}
        if self.settings.get(MatcherConfig).matcher_fallback:
            values[FALLBACKS] = str(self.statistics.fallbacks_total)
        values.update(self.details())
        for images in self.inputs:
            images.complain_of_many_publishers()
        state = State(self.workers.alive, self._idle, self.silence(), self.troubles.take())
        self._diagnostics.publish(to_message(
            self.get_fully_qualified_name(), self.statistics.report(), state, values,
            ', '.join(filter(None, dict.fromkeys(images.frame_id for images in self.inputs))),
            self.get_clock().now().to_msg()))

    def destroy_node(self) -> None:
        """End the workers, then the node; what came and is not served is told."""
        left = 0
        if hasattr(self, 'weights'):
            self.weights.stop()
        if hasattr(self, 'workers'):  # rclpy ends a node too that could not start
            self.statistics.count_drop(statistics.ENDED, count=self.workers.stop())
            left = self.statistics.drops_total[statistics.ENDED]
        if left:  # by a logger that asks nothing of the context, which may have ended
            rclpy.logging.get_logger(self.get_logger().name).info(
                f'{left} images that came are not served: the node ends')
        super().destroy_node()
