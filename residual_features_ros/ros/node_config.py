# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The settings of the nodes; without ROS, so that their YAML files can be written anywhere."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from residual_features_ros.config import (
    ExtractorConfig,
    LoopConfig,
    MatcherConfig,
    check,
    setting,
)


@dataclass(frozen=True)
class NodeConfig:
    """How a node receives and publishes."""

    image_transport: str = setting(
        'raw', 'raw = sensor_msgs/Image; compressed = sensor_msgs/CompressedImage (JPEG, PNG) on '
        '<image topic>/compressed.', choices=('raw', 'compressed'))
    find_camera: bool = setting(
        True, 'Where image_raw is not remapped, nobody publishes it and the node has no '
        'namespace: take the one image topic that there is, raw or compressed, or wait for it. '
        'Of several none is taken, and they are listed.')
    image_qos: str = setting(
        'auto', 'QoS of the image subscription: auto = reliable where all publishers are, best '
        'effort where one is, and changed when they change; sensor_data = best effort, keep last '
        '5; default = reliable, keep last 10. qos_overrides.* goes before it.',
        choices=('auto', 'sensor_data', 'default'))
    image_geometry: str = setting(
        'unknown', 'Whether the images are raw or rectified, which their messages do not say; '
        'features_info repeats it for back-ends.', choices=('unknown', 'raw', 'rectified'))
    max_latency_ms: float = setting(
        0.0, 'Longest time from image to features in ms: where it is not kept, fewer keypoints, '
        'then SIFT without its upsampled octave; 0 = off.', low=0.0, high=10000.0, live=True)
    workers: int = setting(
        2, 'Images in work at a time: the next one is begun while features of one are still '
        'found, described or matched. Outputs keep the order of the images. 1 = one after the '
        'other, for a single core.', low=1, high=4)
    build_only: bool = setting(
        False, 'Load the networks, which builds the engines that TensorRT lacks, and end.')
    lazy: bool = setting(True, 'Subscribe to images and work only while somebody listens to a '
                         'topic of this node.', live=True)
    lifecycle: bool = setting(
        False, 'Be a managed node, which works in the lifecycle state active alone; its networks '
        'are loaded at the start and stay.')
    autostart: bool = setting(
        True, 'lifecycle: configure and activate without a manager.')
    descriptor_encoding: str = setting(
        'uint8', 'How float descriptors travel: uint8 = a quarter of the bytes, scale in '
        'features_info; float32 = exact. Binary ones travel as they are.',
        choices=('uint8', 'float32'))

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


@dataclass(frozen=True)
class MaskConfig:
    """Where masks come from while a node runs."""

    mask_topic: str = setting(
        'newest', 'Masks on the topic mask (stereo: left/mask and right/mask), mono8, 0 where '
        'they keep keypoints off, beside those of files: newest = the mask of the stamp of the '
        'image, else the newest that came; stamp = each image waits for the mask of its stamp; '
        'off = none.',
        choices=('newest', 'stamp', 'off'))

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


@dataclass(frozen=True)
class TrackingConfig:
    """How frames are matched in time."""

    keyframe_min_matches: int = setting(
        0, 'matches: 0 = to the previous frame; N = to a keyframe, which stays until fewer than '
        'N matches to it are left.', low=0, high=50000, live=True)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


@dataclass(frozen=True)
class StereoConfig:
    """How the images of a stereo pair are joined."""

    stamp_tolerance_s: float = setting(
        0.0, 'Largest difference of the two stamps of a pair in seconds, 0 = equal stamps.',
        low=0.0, high=10.0)
    pairing_queue: int = setting(10, 'Images of each side that wait for their partner.',
                                 low=1, high=1000)
    right_mask: str = setting('', 'Mask file of the right images, empty = as the left ones, mask.')

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


@dataclass(frozen=True)
class NodeSettings:
    """All settings of a node.

    groups: config dataclasses with the node's defaults, under what they are about.
    leave_out: fields of theirs that mean nothing to this node.
    """

    groups: Mapping[str, tuple[Any, ...]]
    leave_out: tuple[str, ...]

    @property
    def configs(self) -> list[Any]:
        """Return the config dataclasses of all groups."""
        return [config for group in self.groups.values() for config in group]


NODES = {
    'extractor': NodeSettings({
        'how keypoints are found and described': (ExtractorConfig(), MaskConfig()),
        'how frames are matched': (MatcherConfig(), TrackingConfig()),
        'how places are known again': (LoopConfig(),),
        'how messages travel': (NodeConfig(),),
    }, leave_out=('epipolar_px', 'min_disparity_px', 'max_disparity_px')),
    'stereo': NodeSettings({
        'how keypoints are found and described': (ExtractorConfig(), MaskConfig()),
        'how left and right images are paired; they must be rectified': (StereoConfig(),),
        'how their keypoints are matched': (MatcherConfig(matcher='stereo_rectified'),),
        'how messages travel': (NodeConfig(image_geometry='rectified'),),
    }, leave_out=('matcher', 'matcher_fallback', 'fallback_matches', 'matcher_weights',
                  'guided_px', 'find_camera')),
}
