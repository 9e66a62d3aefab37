# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Records to numbers: pairs, their errors, tracks, a trajectory."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from residual_features_ros.geometry.odometry import Odometry
from residual_features_ros.geometry.pose import (
    direction_error_deg,
    motion_between,
    rotation_error_deg,
)
from residual_features_ros.geometry.relative_pose import Motion, two_view
from residual_features_ros.tools.evaluate_bag.inputs import Inputs
from residual_features_ros.tools.evaluate_bag.methods import Record

NAN = float('nan')
LEAST_BASELINE = 0.005  # in the unit of the ground truth: a shorter one has no direction


@dataclass(frozen=True)
class Pair:
    """An image and the one it was matched to.

    inliers: (M,) bool.    motion: None where there is none.
    rotation_deg, direction_deg: errors against the ground truth, NaN where there is none.
    baseline: true distance of the two cameras, NaN where it is not known.
    """

    record: Record
    inliers: np.ndarray
    motion: Motion | None
    rotation_deg: float = NAN
    direction_deg: float = NAN
    baseline: float = NAN


@dataclass
class Score:
    """All that one method did on a bag."""

    records: list[Record] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    odometry: Odometry = field(default_factory=Odometry)
    _baseline: float = 1.0  # the last one known

    def add(self, record: Record, inputs: Inputs, threshold_px: float) -> None:
        """Evaluate the next image."""
        self.records.append(record)
        if record.previous_ns is None:
            start = inputs.true_pose(record.stamp_ns)
            self.odometry.start = np.eye(4) if start is None else start
            self.odometry.begin(record.stamp_ns)
            return
        pair = evaluate_pair(record, inputs, threshold_px)
        self.pairs.append(pair)
        if inputs.camera:
            self._baseline = self._baseline if np.isnan(pair.baseline) else pair.baseline
            self.odometry.step(record.previous_ns, record.stamp_ns, pair.motion, self._baseline)


def evaluate_pair(record: Record, inputs: Inputs, threshold_px: float) -> Pair:
    """Return the pair of an image that was matched to another."""
    inliers, motion = two_view(record.before, record.now, inputs.camera, threshold_px)
    assert record.previous_ns is not None
    before, now = inputs.true_pose(record.previous_ns), inputs.true_pose(record.stamp_ns)
    if before is None or now is None:
        return Pair(record, inliers, motion)
    true = motion_between(before, now)
    baseline = float(np.linalg.norm(true[:3, 3]))
    if motion is None:
        return Pair(record, inliers, motion, baseline=baseline)
    direction_deg = NAN
    if baseline > LEAST_BASELINE:
        direction_deg = direction_error_deg(true[:3, 3], motion.direction)
    return Pair(record, inliers, motion, rotation_error_deg(true[:3, :3], motion.rotation),
                direction_deg, baseline)


def track_lengths(steps: Iterable[np.ndarray]) -> np.ndarray:
    """Return in how many images each track was seen in a row.

    Args:
        steps: for each image but the first the ids (M,) of the tracks that lead to it.
    """
    alive: dict[int, int] = {}
    ended: list[int] = []
    for ids in steps:
        longer = {int(i): alive.pop(int(i), 1) + 1 for i in ids}
        ended += alive.values()
        alive = longer
    return np.array([*ended, *alive.values()], int)


def figures(score: Score) -> dict[str, float | int]:
    """Return the numbers of the table; NaN where there are none.

    Times leave out the first image, which warms up. Pose errors are those of pairs that have a
    motion and a ground truth; how many pairs have one is counted beside them.
    """
    pairs, records = score.pairs, score.records
    matches = sum(len(pair.inliers) for pair in pairs)
    inliers = sum(int(pair.inliers.sum()) for pair in pairs)
    tracks = track_lengths(pair.record.ids for pair in pairs)
    true_tracks = track_lengths(pair.record.ids[pair.inliers] for pair in pairs)
    timed = [r for r in records[1:] if np.isfinite(r.extract_ms)]
    times = [r.extract_ms + (0 if np.isnan(r.match_ms) else r.match_ms) for r in timed]
    return {
        'frames': len(records),
        'keypoints': median(r.keypoints for r in records),
        'matches': median(len(pair.inliers) for pair in pairs),
        'inliers': median(int(pair.inliers.sum()) for pair in pairs),
        'inlier_ratio': inliers / matches if matches else NAN,
        'track_images': mean(tracks), 'inlier_track_images': mean(true_tracks),
        'longest_inlier_track': int(true_tracks.max(initial=0)),
        'pairs': len(pairs), 'pairs_with_motion': sum(p.motion is not None for p in pairs),
        'pairs_with_truth': sum(bool(np.isfinite(p.baseline)) for p in pairs),
        'rotation_deg': median(p.rotation_deg for p in pairs),
        'rotation_deg_p95': percentile((p.rotation_deg for p in pairs), 95),
        'direction_deg': median(p.direction_deg for p in pairs),
        'direction_deg_p95': percentile((p.direction_deg for p in pairs), 95),
        'repeated_motions': score.odometry.repeated,
        'extract_ms': median(r.extract_ms for r in timed),
        'match_ms': median(r.match_ms for r in timed),
        'frame_ms': median(times), 'frame_ms_p95': percentile(times, 95),
    }


def _known(values: Iterable[float]) -> np.ndarray:
    numbers = np.array(list(values), float)
    return numbers[np.isfinite(numbers)]


def median(values: Iterable[float]) -> float:
    """Return the median of the values that are not NaN, NaN of none."""
    return percentile(values, 50)


def percentile(values: Iterable[float], share: float) -> float:
    """Return a percentile of the values that are not NaN, NaN of none."""
    known = _known(values)
    return float(np.percentile(known, share)) if len(known) else NAN


def mean(values: Sequence[float] | np.ndarray) -> float:
    """Return the mean, NaN of none."""
    return float(np.mean(values)) if len(values) else NAN
