# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The node of one camera: images in, features and matches to the previous frame out."""
from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from rclpy.clock import Clock, ClockType  # type: ignore[attr-defined]
from rclpy.qos import qos_profile_sensor_data
from rclpy.subscription import Subscription
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import String

from residual_features_ros.config import LoopConfig, MatcherConfig
from residual_features_ros.errors import ConfigError
from residual_features_ros.extractor import Extractor
from residual_features_ros.grey_levels import LevelMemory
from residual_features_ros.levels import levels_of
from residual_features_ros.mask import Mask
from residual_features_ros.matcher import Counted, Matcher
from residual_features_ros.model_card import ModelCard
from residual_features_ros.ros.camera_search import LOOK_PERIOD_S as SEARCH_PERIOD_S
from residual_features_ros.ros.camera_search import CameraSearch, is_wanted
from residual_features_ros.ros.cameras import Camera
from residual_features_ros.ros.conversions import (
    features_to_message,
    image_from_message,
    image_to_message,
    matches_to_message,
)
from residual_features_ros.ros.drawing import draw_tracks
from residual_features_ros.ros.extracted import Extracted
from residual_features_ros.ros.feature_node import OUTPUT_DEPTH, WARN_PERIOD_S, FeatureNode
from residual_features_ros.ros.mask_subscription import subscribe_to_masks
from residual_features_ros.ros.node_config import NodeConfig, TrackingConfig
from residual_features_ros.ros.place_recognition import PlaceRecognition, Read
from residual_features_ros.ros.runner import run
from residual_features_ros.tracks import Tracks


class ExtractorNode(FeatureNode):
    """Subscribes image_raw and camera_info; publishes features, matches, places and more."""

    def __init__(self) -> None:
        """Open the topics; see create_extractor for the errors."""
        super().__init__('extractor')
        self.tracks = Tracks()
        self.levels = LevelMemory()
        self.features = self.add_output(PointCloud2, 'features')
        self.matches = self.add_output(PointCloud2, 'matches')
        self.places = PlaceRecognition(self)
        self.debug_image = self.add_output(Image, '~/debug_image')
        self.frame_times = self.create_publisher(String, '~/frame_times', OUTPUT_DEPTH)
        self._calibration = self._subscribe_to_calibration('camera_info')
        self.masks = subscribe_to_masks(self, {'mask': self.extractor.mask}, self.offer)
        self.subscribe_to_images('image_raw', self.masks.take_images)
        self._search = self._begin_search()

    def warn_of_unused_qos(self) -> None:
        """Warn of qos_overrides.* that no topic takes; while a camera is looked for, later."""
        if not self._search:
            super().warn_of_unused_qos()

    def silence(self) -> str:
        """Return why no image comes, or no camera is found; '' where some do."""
        searching = (self._search and not self._search.found
                     and not self.count_publishers(self.inputs[0].topic))
        return self._search.silence() if self._search and searching else super().silence()

    def _begin_search(self) -> CameraSearch | None:
        """Look for a camera where that is wanted and nothing says where images are."""
        config = self.settings.get(NodeConfig)
        if not (config.find_camera and is_wanted(self, 'image_raw')):
            return None
        search = CameraSearch(self, self.resolve_topic_name('image_raw'), config.image_transport,
                              [masks.topic for masks in self.mask_topics], self._take_camera,
                              self.troubles)
        self.create_timer(SEARCH_PERIOD_S, search.look,
                          clock=Clock(clock_type=ClockType.STEADY_TIME))
        return search

    def _take_camera(self, camera: Camera) -> bool:
        """Listen to a camera instead, and to the calibration beside it; False = not yet."""
        before, = self.inputs
        if camera.full_topic != before.topic:
            before.subscription.follow(False)
            if before.subscription.active:  # too young to end
                return False
            self.subscribe_to_images(camera.topic, self.masks.take_images, camera.transport)
            self.inputs.remove(before)
            calibration = 'camera_info'
            if self.resolve_topic_name(calibration) == f'/{calibration}':  # nobody remapped it
                calibration = f'{camera.topic.rpartition("/")[0]}/{calibration}'
                self.destroy_subscription(self._calibration)
                self._calibration = self._subscribe_to_calibration(calibration)
            words = calibration if self.count_publishers(calibration) else \
                f'nobody publishes {calibration}'
            self.get_logger().info(f'found one camera and take it: {camera}; {words}')
        super().warn_of_unused_qos()
        return True

    def _subscribe_to_calibration(self, topic: str) -> Subscription:
        return self.create_subscription(CameraInfo, topic, self._on_camera_info,
                                        qos_profile_sensor_data)

    def matcher(self, config: MatcherConfig, extractor: Extractor | None = None) -> Matcher:
        """Return the matcher of some settings, which counts what its fallback does."""
        if config.matcher == 'stereo_rectified':
            raise ConfigError('matcher stereo_rectified pairs left and right images, as '
                              'stereo_node does; extractor_node matches images in time, and '
                              'takes mutual_nearest, guided, attention or attention_guided')
        return dataclasses.replace(super().matcher(config, extractor),
                                   told=partial(self._on_fallback, config))

    def _on_fallback(self, config: MatcherConfig, first: Counted, second: Counted) -> None:
        """Count an image that matcher_fallback matched, and say what that brought."""
        self.statistics.count_fallback()
        with self.log_lock:
            self.get_logger().info(
                f'{config.matcher} found {len(first.matches)} matches, {first.agreeing} of them '
                f'agree and fewer than {config.fallback_matches}; {config.matcher_fallback} found '
                f'{len(second.matches)}, {second.agreeing} of them agree',
                throttle_duration_sec=WARN_PERIOD_S)

    def convert(self, item: Any) -> tuple[list[np.ndarray], list[Mask | None]]:
        """Return the image of a message, and its mask."""
        return [image_from_message(item, self.levels)], self.masks.of([item])

    def publish(self, extracted: Extracted) -> tuple[int, int]:
        """Publish features of one image and its matches to the reference frame."""
        (features,), header = extracted.features, extracted.item.header
        width, height = features.image_size
        self.publish_info({'image_width': width, 'image_height': height,
                           'mask': self.masks.in_force})
        settings, timed = extracted.settings, extracted.timings.timed
        encoding = settings.get(NodeConfig).descriptor_encoding
        levels = levels_of(features.sizes, self.extractor.levels)
        self.newest = stamp = (header.stamp.sec, header.stamp.nanosec)
        if not self.wanted(self.matches, self.debug_image):
            self.tracks.reset()
            self.features.publish(
                features_to_message(features, header, encoding, levels=levels))
            self.places.publish(extracted)
            return len(features), 0

        matcher = self.matcher(settings.get(MatcherConfig))
        with timed('match'):
            frame = self.tracks.add(features, stamp, matcher.match,
                                    settings.get(TrackingConfig).keyframe_min_matches,
                                    header.frame_id)
        if frame.broke_off:
            self.troubles.say(frame.broke_off.partition(' from ')[0],
                              f'tracks begin anew: {frame.broke_off}')
        with timed('publish'):
            self.features.publish(
                features_to_message(features, header, encoding, frame.keypoint_ids, levels))
            self.matches.publish(matches_to_message(
                frame.matches, features, frame.reference, header, frame.reference_stamp,
                frame.ids))
        self.places.publish(extracted)
        if self.debug_image.get_subscription_count():
            self.debug_image.publish(image_to_message(
                draw_tracks(extracted.images[0], frame), header))
        if self.frame_times.get_subscription_count():
            self.frame_times.publish(to_times(extracted.timings.newest(), stamp))
        return len(features), len(frame.matches)

    def check_weights(self, card: ModelCard | None) -> None:
        """Raise ConfigError for weights whose features have no words while loops are found."""
        self.places.check_weights(card)

    def prepare(self, extractor: Extractor) -> Read | None:
        """Return the vocabulary for other weights; see PlaceRecognition.prepare."""
        return self.places.prepare(extractor)

    def begin_anew(self, prepared: Read | None) -> dict[str, Any]:
        """End the tracks, and let the images go whose descriptors are of other weights."""
        self.tracks.reset()
        return self.places.begin_anew(prepared)

    def details(self) -> dict[str, str]:
        """Return what diagnostics tell of the images that are kept for loops."""
        return self.places.report() if self.settings.get(LoopConfig).loop_candidates else {}

    def forget(self) -> None:
        """Let the images go that are kept for loops."""
        self.places.forget()

    def _on_camera_info(self, message: CameraInfo) -> None:
        """Keep the calibration in features_info, so that features explain themselves."""
        self.publish_info({'camera': {
            'frame_id': message.header.frame_id,
            'width': message.width, 'height': message.height,
            'distortion_model': message.distortion_model, 'd': list(message.d),
            'k': list(message.k), 'r': list(message.r), 'p': list(message.p),
            'binning_x': message.binning_x, 'binning_y': message.binning_y,
            'roi': {name: getattr(message.roi, name)
                    for name in ('x_offset', 'y_offset', 'height', 'width', 'do_rectify')}}})


def to_times(stages_ms: Mapping[str, float], stamp: tuple[int, int]) -> String:
    """Return the std_msgs/String, JSON, of what the stages of the image of a stamp took."""
    times = {name: round(ms, 3) for name, ms in stages_ms.items()}
    return String(data=json.dumps({'stamp': stamp, 'ms': times}))


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until it is interrupted; return the exit code."""
    return run(ExtractorNode, args)


if __name__ == '__main__':
    sys.exit(main())
