# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The plots of a report; each function fills the axes of one, small enough for a phone."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import cycle
from typing import Any

import numpy as np

from residual_features_ros.geometry.trajectory import Trajectory
from residual_features_ros.tools.evaluate_bag.pairs import Pair
from residual_features_ros.tools.evaluate_bag.scores import Score, track_lengths
from residual_features_ros.tools.plots import plot

SIZE_INCHES = (5.0, 3.4)
TRUTH = {'color': '0.7', 'linewidth': 4, 'label': 'ground truth', 'zorder': 0}
STYLES = ('-', '--', '-.', ':')  # lines that lie on each other are all seen
AXES = 'xyz'
SECONDS = 'time [s]'
Scores = Mapping[str, Score]
TruePose = Callable[[int], 'np.ndarray | None']


def all_plots(scores: Scores, truth: Trajectory | None, true_pose: TruePose,
              through_node: bool = False) -> dict[str, bytes]:
    """Return the PNG of each plot that has something to show, by title; {} without matplotlib.

    Args:
        scores: by method.
        truth: the true poses of the camera, None where it is not known.
        true_pose: gives the true pose (4, 4) at a stamp, or None.
        through_node: times are latencies.
    """
    found: dict[str, Callable[[Any], None]] = {}
    if any(pair.motion is not None for score in scores.values() for pair in score.pairs):
        found['Trajectory'] = lambda axes: draw_trajectories(axes, scores, truth)
    if any(np.isfinite(pair.figures.rotation_deg) for s in scores.values() for pair in s.pairs):
        found['Distance to the ground truth'] = lambda axes: draw_distance(axes, scores, true_pose)
        found['Error of the rotation'] = lambda axes: draw_errors(
            axes, scores, lambda pair: pair.figures.rotation_deg)
        found['Error of the direction of translation'] = lambda axes: draw_errors(
            axes, scores, lambda pair: pair.figures.direction_deg)
    found['Inliers'] = lambda axes: draw_inliers(axes, scores)
    found['Inlier ratio'] = lambda axes: draw_ratio(axes, scores)
    found['Tracks'] = lambda axes: draw_tracks(axes, scores)
    found['Latency' if through_node else 'Time of extraction and matching'] = \
        lambda axes: draw_times(axes, scores)
    drawn = {title: plot(partial(_fill, draw), 'png', SIZE_INCHES)
             for title, draw in found.items()}
    return {title: picture for title, picture in drawn.items() if picture is not None}


def _fill(draw: Callable[[Any], None], figure: Any) -> None:
    axes = figure.subplots()
    draw(axes)
    axes.grid(alpha=0.3)
    figure.legend(loc='outside upper left', ncols=2, fontsize='small')


def draw_trajectories(axes: Any, scores: Scores, truth: Trajectory | None) -> None:
    """Draw the trajectories from the side that shows most, the longest axis to the right."""
    paths = {name: score.odometry.trajectory().poses[:, :3, 3] for name, score in scores.items()
             if len(score.odometry.poses)}
    everything = np.vstack([*paths.values(), *([truth.poses[:, :3, 3]] if truth else [])])
    across, up = np.argsort(-np.ptp(everything, axis=0), kind='stable')[:2].tolist()
    if truth:
        axes.plot(truth.poses[:, across, 3], truth.poses[:, up, 3], **TRUTH)
    for (name, path), style in zip(paths.items(), cycle(STYLES), strict=False):
        axes.plot(path[:, across], path[:, up], style, label=name)
        axes.plot(path[-1, across], path[-1, up], 'o', color=axes.lines[-1].get_color(),
                  markersize=4)
    unit = 'm' if truth else 'steps'
    axes.set(xlabel=f'{AXES[across]} [{unit}]', ylabel=f'{AXES[up]} [{unit}]')
    axes.set_aspect('equal', adjustable='datalim')
    if across > up:  # else it would be seen in a mirror
        axes.invert_yaxis()


def draw_distance(axes: Any, scores: Scores, true_pose: TruePose) -> None:
    """Draw how far the odometry is from the ground truth, which it starts from."""
    for (name, score), style in _styled(scores):
        poses = [(stamp, pose, true_pose(stamp)) for stamp, pose in score.odometry.poses.items()]
        known = [(stamp, np.linalg.norm((pose - true)[:3, 3]))
                 for stamp, pose, true in poses if true is not None]
        stamps, distances = zip(*known, strict=True) if known else ((), ())
        axes.plot(_seconds(stamps, score), distances, style, label=name)
    axes.set(xlabel=SECONDS, ylabel='distance [m]', ylim=(0, None))


def draw_errors(axes: Any, scores: Scores, error_deg: Callable[[Pair], float]) -> None:
    """Draw which share of the pairs has an error below a bound."""
    for (name, score), style in _styled(scores):
        known = np.sort([e for e in map(error_deg, score.pairs) if np.isfinite(e)])
        share = np.arange(1, len(known) + 1) / max(len(score.pairs), 1)
        axes.plot(known, share, style, label=name, drawstyle='steps-post')
    axes.set(xlabel='error [deg]', ylabel='share of pairs below', ylim=(0, 1.02), xscale='log')
    _plain_numbers(axes.xaxis, (1, 2, 5))


def draw_inliers(axes: Any, scores: Scores) -> None:
    """Draw the inliers over time."""
    for (name, score), style in _styled(scores):
        axes.plot(_times(score), [p.inliers.sum() for p in score.pairs], style, label=name)
    axes.set(xlabel=SECONDS, ylabel='inliers', ylim=(0, None))


def draw_ratio(axes: Any, scores: Scores) -> None:
    """Draw the share of the matches that are inliers over time."""
    for (name, score), style in _styled(scores):
        shares = [p.inliers.sum() / max(len(p.inliers), 1) for p in score.pairs]
        axes.plot(_times(score), shares, style, label=name)
    axes.set(xlabel=SECONDS, ylabel='inliers / matches', ylim=(0, 1.02))


def draw_tracks(axes: Any, scores: Scores) -> None:
    """Draw how many tracks are seen in so many images or more."""
    for (name, score), style in _styled(scores):
        lengths = np.sort(track_lengths(p.record.ids[p.inliers] for p in score.pairs))
        axes.step(lengths, np.arange(len(lengths), 0, -1), style, label=name, where='pre')
    axes.set(xlabel='images', ylabel='tracks of inliers, so long or longer', yscale='log',
             ylim=(0.8, None))
    _plain_numbers(axes.yaxis, (1,))


def draw_times(axes: Any, scores: Scores) -> None:
    """Draw what each image took, the first one left out."""
    for (name, score), style in _styled(scores):
        times = [p.record.extract_ms + np.nan_to_num(p.record.match_ms) for p in score.pairs]
        axes.plot(_times(score), times, style, label=name)
    axes.set(xlabel=SECONDS, ylabel='ms per image', ylim=(0, None))


def _plain_numbers(axis: Any, steps: tuple[int, ...]) -> None:
    """Label a logarithmic axis at some steps of each power of ten, without powers."""
    from matplotlib.ticker import LogLocator, NullFormatter
    axis.set_major_locator(LogLocator(subs=steps))
    axis.set_major_formatter(lambda value, _: f'{value:g}')
    axis.set_minor_formatter(NullFormatter())


def _styled(scores: Scores) -> Any:
    return zip(scores.items(), cycle(STYLES), strict=False)


def _times(score: Score) -> np.ndarray:
    return _seconds([pair.record.stamp_ns for pair in score.pairs], score)


def _seconds(stamps_ns: Any, score: Score) -> np.ndarray:
    """Return seconds (N,) since the first image."""
    since = score.records[0].stamp_ns if score.records else 0
    return (np.array(stamps_ns, np.int64) - since) / 1e9
