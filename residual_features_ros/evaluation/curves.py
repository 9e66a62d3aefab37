# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The plots of a report; each function fills a matplotlib Figure."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from residual_features_ros.commands.plots import plot
from residual_features_ros.evaluation.scores import Pair, Score, track_lengths
from residual_features_ros.evaluation.trajectory import Trajectory

WIDE = (10.0, 3.4)
SQUARE = (10.0, 5.5)
TRUTH = {'color': '0.55', 'linewidth': 3, 'label': 'ground truth', 'zorder': 0}
AXES = 'xyz'

Scores = Mapping[str, Score]


def all_plots(scores: Scores, truth: Trajectory | None) -> dict[str, bytes]:
    """Return the PNG of each plot that has something to show, by title; {} without matplotlib."""
    found: dict[str, Callable[[Any], None]] = {}
    if any(pair.motion is not None for score in scores.values() for pair in score.pairs):
        found['Trajectories'] = lambda figure: draw_trajectories(figure, scores, truth)
    found['Matches'] = lambda figure: draw_matches(figure, scores)
    if any(np.isfinite(pair.rotation_deg) for s in scores.values() for pair in s.pairs):
        found['Errors of the motion'] = lambda figure: draw_errors(figure, scores)
    found['Tracks'] = lambda figure: draw_tracks(figure, scores)
    found['Time'] = lambda figure: draw_times(figure, scores)
    sizes = {'Trajectories': SQUARE}
    drawn = {title: plot(draw, 'png', sizes.get(title, WIDE)) for title, draw in found.items()}
    return {title: picture for title, picture in drawn.items() if picture is not None}


def draw_trajectories(figure: Any, scores: Scores, truth: Trajectory | None) -> None:
    """Draw the ways from the side that shows most of them, and how far each went astray."""
    ways = {name: score.odometry.trajectory().poses[:, :3, 3] for name, score in scores.items()
            if len(score.odometry.poses)}
    everything = np.vstack([*ways.values(), *([truth.poses[:, :3, 3]] if truth else [])])
    across, up = sorted(np.argsort(-np.ptp(everything, axis=0), kind='stable')[:2].tolist())
    axes = figure.subplots()
    if truth:
        axes.plot(truth.poses[:, across, 3], truth.poses[:, up, 3], **TRUTH)
    for name, way in ways.items():
        axes.plot(way[:, across], way[:, up], label=name, linewidth=1.3)
        axes.plot(way[-1, across], way[-1, up], 'o', color=axes.lines[-1].get_color(),
                  markersize=4)
    unit = 'm' if truth else 'steps'
    axes.set(xlabel=f'{AXES[across]} [{unit}]', ylabel=f'{AXES[up]} [{unit}]')
    axes.set_aspect('equal', adjustable='datalim')
    axes.grid(alpha=0.3)
    axes.legend()


def draw_matches(figure: Any, scores: Scores) -> None:
    """Draw inliers and their share over time."""
    counts, shares = figure.subplots(1, 2)
    for name, score in scores.items():
        times = _seconds(score)
        inliers = np.array([pair.inliers.sum() for pair in score.pairs])
        matches = np.array([len(pair.inliers) for pair in score.pairs])
        counts.plot(times, inliers, label=name, linewidth=1)
        shares.plot(times, inliers / np.maximum(matches, 1), label=name, linewidth=1)
    counts.set(xlabel='s', title='inliers', ylim=(0, None))
    shares.set(xlabel='s', title='share of the matches', ylim=(0, 1.02))
    _finish(counts, shares)


def draw_errors(figure: Any, scores: Scores) -> None:
    """Draw which share of the pairs has an error below a bound."""
    panels = figure.subplots(1, 2)
    errors: list[tuple[Any, str, Callable[[Pair], float]]] = [
        (panels[0], 'rotation', lambda pair: pair.rotation_deg),
        (panels[1], 'direction of the way', lambda pair: pair.direction_deg)]
    for axes, title, of in errors:
        for name, score in scores.items():
            known = np.sort([e for e in map(of, score.pairs) if np.isfinite(e)])
            share = np.arange(1, len(known) + 1) / max(len(score.pairs), 1)
            axes.plot(known, share, label=name, linewidth=1.3, drawstyle='steps-post')
        axes.set(xlabel='error [deg]', title=f'{title}: share of pairs below', ylim=(0, 1.02))
        axes.set_xscale('log')
    _finish(*panels)


def draw_tracks(figure: Any, scores: Scores) -> None:
    """Draw how many tracks are seen in so many images or more."""
    axes = figure.subplots()
    for name, score in scores.items():
        lengths = np.sort(track_lengths(p.record.ids[p.inliers] for p in score.pairs))
        axes.step(lengths, np.arange(len(lengths), 0, -1), label=name, where='pre', linewidth=1.3)
    axes.set(xlabel='images', title='tracks of inliers, seen in so many images or more',
             yscale='log', ylim=(0.8, None))
    _finish(axes)


def draw_times(figure: Any, scores: Scores) -> None:
    """Draw what each image took, the first one left out."""
    axes = figure.subplots()
    for name, score in scores.items():
        times = [p.record.extract_ms + np.nan_to_num(p.record.match_ms) for p in score.pairs]
        axes.plot(_seconds(score), times, label=name, linewidth=1)
    axes.set(xlabel='s', title='ms per image: extract and match', ylim=(0, None))
    _finish(axes)


def _seconds(score: Score) -> np.ndarray:
    stamps = np.array([pair.record.stamp_ns for pair in score.pairs], np.int64)
    return (stamps - score.records[0].stamp_ns) / 1e9 if len(stamps) else np.zeros(0)


def _finish(*panels: Any) -> None:
    for axes in panels:
        axes.grid(alpha=0.3)
    panels[0].legend(fontsize='small')
