# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Track ids that persist along matches: the bookkeeping between frames, free of ROS."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from residual_features_ros.types import Features, Matches

Stamp = tuple[int, int]  # seconds, nanoseconds
ID_LIMIT = 2**31  # ids are INT32; they start again at 0 (after days at camera rate)


def seconds(stamp: Stamp) -> str:
    """Return a stamp in seconds with all its digits."""
    return f'{stamp[0]}.{stamp[1]:09d}'


@dataclass(frozen=True)
class TrackedFrame:
    """One frame and its matches to the reference.

    matches: rows into this frame (a) and into `reference` (b).
    ids: (M,) int32, track id of each match.
    keypoint_ids: (N,) int32, track id of each keypoint of this frame, -1 for not matched.
    broke_off: why the tracks of the frames before end here; empty where they do not.
    """

    features: Features
    stamp: Stamp
    reference: Features
    reference_stamp: Stamp
    matches: Matches
    ids: np.ndarray
    keypoint_ids: np.ndarray
    broke_off: str = ''


@dataclass
class Tracks:
    """Matches each frame to a reference, which is the previous frame or a keyframe.

    A track begins when a keypoint of the reference is matched for the first time, so keypoints
    that are seen once use up no ids.
    """

    _reference: Features | None = None
    _reference_stamp: Stamp = (0, 0)
    _reference_ids: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))
    _next_id: int = 0
    _newest: tuple[Stamp, str] = ((0, 0), '')  # stamp and camera of the last frame

    def reset(self) -> None:
        """Forget the reference; ids go on counting, so that none is used twice."""
        self._reference = None

    def add(self, features: Features, stamp: Stamp,
            match: Callable[[Features, Features], Matches],
            keyframe_min_matches: int = 0, camera: str = '') -> TrackedFrame:
        """Match a frame to the reference and name the tracks.

        Args:
            features: of this frame.
            stamp: of this frame.
            match: pairs (this frame, reference).
            keyframe_min_matches: 0 makes each frame the next one's reference; otherwise the
                reference stays until fewer than this many matches to it are left.
            camera: frame_id of this frame; frames of two cameras are not matched.
        """
        broke_off = self._break(features, stamp, camera)
        self._newest = stamp, camera
        if self._reference is None or broke_off:
            self._set_reference(features, stamp, np.full(len(features), -1, np.int32))
            nothing = Matches(np.zeros((0, 2), np.int32), np.zeros(0, np.float32))
            return TrackedFrame(features, stamp, features, stamp, nothing,
                                np.zeros(0, np.int32), self._reference_ids, broke_off)
        reference, reference_stamp = self._reference, self._reference_stamp
        matches = match(features, reference)
        ids = self._name(matches.indices[:, 1])
        keypoint_ids = np.full(len(features), -1, np.int32)
        keypoint_ids[matches.indices[:, 0]] = ids
        if not keyframe_min_matches or len(matches) < keyframe_min_matches:
            self._set_reference(features, stamp, keypoint_ids.copy())
        return TrackedFrame(features, stamp, reference, reference_stamp, matches, ids,
                            keypoint_ids)

    def _break(self, features: Features, stamp: Stamp, camera: str) -> str:
        """Return why a frame cannot be matched to the reference, '' where it can."""
        if self._reference is None:
            return ''
        (last_stamp, last_camera), last_size = self._newest, self._reference.image_size
        if camera != last_camera:
            return f'frame_id changed from {last_camera!r} to {camera!r}'
        if features.image_size != last_size:
            return 'image size changed from {}x{} to {}x{}'.format(*last_size,
                                                                   *features.image_size)
        if stamp < last_stamp:  # a bag that began anew
            return f'stamp went back from {seconds(last_stamp)} s to {seconds(stamp)} s'
        return ''

    def _set_reference(self, features: Features, stamp: Stamp, ids: np.ndarray) -> None:
        self._reference, self._reference_stamp, self._reference_ids = features, stamp, ids

    def _name(self, rows: np.ndarray) -> np.ndarray:
        """Return the track ids of rows of the reference; those without one get a new one."""
        new = rows[self._reference_ids[rows] < 0]
        self._reference_ids[new] = (self._next_id + np.arange(len(new))) % ID_LIMIT
        self._next_id = (self._next_id + len(new)) % ID_LIMIT
        ids: np.ndarray = self._reference_ids[rows]
        return ids
