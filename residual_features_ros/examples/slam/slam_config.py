# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The settings of the SLAM back-end."""
from __future__ import annotations

from dataclasses import dataclass

from residual_features_ros.config import check, setting


@dataclass(frozen=True)
class SlamConfig:
    """How a map is made; pixels are those of small keypoints, larger ones may be off more."""

    map_frame: str = setting('map', 'Frame of the poses, whose origin is the first keyframe.')
    match_ratio: float = setting(
        0.9, 'Largest ratio of best to second best distance of descriptors.', low=0.1, high=1.0)
    error_px: float = setting(
        2.5, 'Largest distance in pixels of a keypoint from where its point is projected.',
        low=0.1, high=100.0)
    search_px: float = setting(
        25.0, 'How far in pixels from where it is expected a point is looked for.',
        low=1.0, high=1000.0)
    parallax_deg: float = setting(
        1.0, 'Least angle in degrees between the two views of a new point, and in the median '
        'between those of the two images that begin a map.', low=0.01, high=45.0)
    begin_points: int = setting(60, 'Least points that begin a map.', low=12, high=10000)
    track_points: int = setting(
        15, 'An image that sees fewer points of the map has no pose.', low=6, high=10000)
    locate_points: int = setting(
        25, 'Least points of a keyframe nearby that an image has to see to be relocalised, or to '
        'close a loop.', low=6, high=10000)
    keyframe_share: float = setting(
        0.8, 'An image becomes a keyframe when it sees less than this share of the points that '
        'the last keyframe saw.', low=0.0, high=1.0)
    keyframe_images: int = setting(
        10, 'An image becomes a keyframe this many images after the last one.', low=1, high=1000)
    window: int = setting(
        7, 'Keyframes that are adjusted together, those that see the same points.',
        low=2, high=100)
    loop_keyframes: int = setting(
        10, 'A loop is closed to a keyframe at least this many before the last.',
        low=2, high=10000)
    most_keyframes: int = setting(
        2000, 'Keyframes that are kept, about 200 kB each with 1000 keypoints; the oldest leave '
        'with their points.', low=10, high=100000)
    seed: int = setting(0, 'Of all that is random.', low=0, high=2**31 - 1)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
