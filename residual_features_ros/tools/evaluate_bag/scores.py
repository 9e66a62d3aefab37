# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Records to numbers: pairs, their errors, tracks, a trajectory."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from residual_features_ros.geometry.odometry import Odometry
from residual_features_ros.tools.evaluate_bag.inputs import Inputs
from residual_features_ros.tools.evaluate_bag.methods import GapMatches, Record
from residual_features_ros.tools.evaluate_bag.pairs import (
    NAN,
    Pair,
    PairFigures,
    evaluate_gap,
    evaluate_pair,
)


@dataclass
class Score:
    """All that one method did on a bag.

    pairs: of each image and the one before.    gaps: pairs further apart, by their gap.
    """

    records: list[Record] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    gaps: dict[int, list[PairFigures]] = field(default_factory=dict)
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
            self._baseline = self._baseline if np.isnan(pair.figures.baseline) \
                else pair.figures.baseline
            self.odometry.step(record.previous_ns, record.stamp_ns, pair.motion, self._baseline)

    def add_gap(self, matches: GapMatches, inputs: Inputs, threshold_px: float) -> None:
        """Evaluate the newest image against one some images before it."""
        self.gaps.setdefault(matches.gap, []).append(evaluate_gap(matches, inputs, threshold_px))

    def pairs_apart(self, gap: int) -> list[PairFigures]:
        """Return the figures of the pairs that are so many images apart."""
        return [pair.figures for pair in self.pairs] if gap == 1 else self.gaps.get(gap, [])


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
    pairs, records = score.pairs_apart(1), score.records
    tracks = track_lengths(pair.record.ids for pair in score.pairs)
    true_tracks = track_lengths(pair.record.ids[pair.inliers] for pair in score.pairs)
    timed = [r for r in records[1:] if np.isfinite(r.extract_ms)]
    times = [r.extract_ms + (0 if np.isnan(r.match_ms) else r.match_ms) for r in timed]
    return {
        'frames': len(records),
        'keypoints': median(r.keypoints for r in records),
        'matches': median(pair.matches for pair in pairs),
        'inliers': median(pair.inliers for pair in pairs),
        'inlier_ratio': inlier_ratio(pairs),
        'track_images': mean(tracks), 'inlier_track_images': mean(true_tracks),
        'longest_inlier_track': int(true_tracks.max(initial=0)),
        'pairs': len(pairs), 'pairs_with_motion': sum(p.has_motion for p in pairs),
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


def inlier_ratio(pairs: Sequence[PairFigures]) -> float:
    """Return the share of inliers of all matches, NaN of none."""
    matches = sum(pair.matches for pair in pairs)
    return sum(pair.inliers for pair in pairs) / matches if matches else NAN


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
