# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The result of evaluate-bag as a value, as a table and as JSON."""
from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

import residual_features_ros
from residual_features_ros.environment import commit, cpu_model
from residual_features_ros.sign_test import Split
from residual_features_ros.text_table import table
from residual_features_ros.tools.bags.images import READ, SHOWN
from residual_features_ros.tools.evaluate_bag import gap_tables
from residual_features_ros.tools.evaluate_bag.columns import Column, headings, known_columns, row
from residual_features_ros.tools.evaluate_bag.gaps import GapResult
from residual_features_ros.tools.evaluate_bag.sign_test import split_cells, split_columns

PACKAGES = ('numpy', 'opencv-contrib-python', 'onnxruntime', 'openvino', 'rosbags', 'evo',
            'matplotlib')
COLUMNS: tuple[Column, ...] = (
    ('frames', 'frames', 'd', None), ('keypoints', 'keypoints', '.0f', None),
    ('matches', 'matches', '.0f', None), ('inliers', 'inliers', '.0f', True),
    ('inlier_ratio', 'ratio', '.3f', True), ('inlier_track_images', 'track', '.2f', True),
    ('rotation_deg', 'rot deg', '.3f', False), ('direction_deg', 'dir deg', '.2f', False),
    ('ate_rmse', 'ATE m', '.3f', False), ('rpe_rmse', 'RPE m', '.4f', False),
    ('rpe_rotation_deg_rmse', 'RPE deg', '.3f', False), ('frame_ms', 'ms', '.1f', False),
    ('frame_ms_p95', 'p95 ms', '.1f', False))
LEGEND = {
    'keypoints, matches, inliers': 'medians of the images; inliers agree with one essential '
                                   'matrix (MAGSAC++, refined), without a camera with one '
                                   'fundamental matrix',
    'ratio': 'inliers / matches of all images',
    'track': 'mean number of images in a row in which a track of inliers is seen, 2 or more',
    'rot deg, dir deg': 'medians over pairs of images: angle between estimated and true rotation, '
                        'and between the directions of translation',
    'ATE m, RPE m, RPE deg': 'root mean squares by evo of the chained motions, whose steps have '
                             'the true length; ATE after rigid alignment; RPE from one image to '
                             'the next',
    'ms, p95 ms': 'median and 95th percentile of extraction and matching of an image',
}
NODE_LEGEND = {'ms, p95 ms': 'median and 95th percentile of the latency: image sent to features '
                             'received'}


@dataclass(frozen=True)
class Report:
    """What is written.

    methods: figures by name.    frames: images by what became of them.    notes: sentences.
    splits: of each method but the first, how the first does against it pair by pair.
    gaps: results of pairs of images so many images apart.
    """

    title: str
    methods: dict[str, dict[str, float | int]]
    frames: dict[str, int]
    settings: dict[str, Any]
    versions: dict[str, str]
    notes: list[str]
    through_node: bool = False
    splits: Mapping[str, Mapping[str, Split]] = field(default_factory=dict)
    gaps: Mapping[int, GapResult] = field(default_factory=dict)

    def legend(self) -> dict[str, str]:
        """Return what the columns mean, those that there are."""
        there = {heading for _, heading, *_ in self.columns()}
        legend = {**LEGEND, **(NODE_LEGEND if self.through_node else {})}
        shown = {names: meaning for names, meaning in legend.items()
                 if there.intersection(names.split(', '))}
        return {**shown, **gap_tables.legend(self.further())}

    def told_frames(self) -> list[tuple[str, int]]:
        """Return what became of the images, without what happened to none."""
        return [(what, count) for what, count in self.frames.items()
                if count or what in (READ, SHOWN)]

    def columns(self) -> list[Column]:
        """Return the columns for which any method has a number."""
        return known_columns(COLUMNS, self.methods.values())

    def cells(self) -> list[list[str]]:
        """Return a row of words for each method."""
        return [row(name, values, self.columns()) for name, values in self.methods.items()]

    def split_title(self) -> str:
        """Return what the second table is."""
        return (f'In how many pairs of images {next(iter(self.methods))} is better; p of equals '
                'being so far apart by luck (sign test)')

    def labelled_splits(self) -> dict[str, Mapping[str, Split]]:
        """Return the splits by what the first method is compared with."""
        return {f'than {name}': splits for name, splits in self.splits.items()}

    def further(self) -> Mapping[int, GapResult]:
        """Return the results by gap, none where the first table has them all."""
        return self.gaps if set(self.gaps) - {1} else {}


def as_text(report: Report) -> str:
    """Return the tables, what became of the images, and the notes."""
    lines = [table(['method', *headings(report.columns())], report.cells()), '',
             *_split_lines(report.split_title(), report.labelled_splits()), *_gap_lines(report),
             'images: ' + ', '.join(f'{count} {what}' for what, count in report.told_frames())]
    lines += [f'{name}: {meaning}' for name, meaning in report.legend().items()]
    return '\n'.join([*lines, *(f'note: {note}' for note in report.notes)])


def _split_lines(title: str, rows: Mapping[str, Mapping[str, Split]]) -> list[str]:
    cells = split_cells(rows)
    return [f'{title}:', table(['', *(heading for _, heading in split_columns(rows.values()))],
                               cells), ''] if cells else []


def _gap_lines(report: Report) -> list[str]:
    results = report.further()
    rows = [row for group in gap_tables.groups(results) for row in group]
    return [f'{gap_tables.TITLE}:', table(['', *headings(gap_tables.columns(results))], rows), '',
            *_split_lines(report.split_title(), gap_tables.labelled_splits(results))] \
        if rows else []


def write_json(path: Path, report: Report) -> None:
    """Write all figures; what is not known is null."""
    content = {
        'title': report.title, 'methods': _known(report.methods), 'frames': report.frames,
        'splits': _counted(report.splits),
        'gaps': {gap: {'methods': _known(result.methods), 'splits': _counted(result.splits)}
                 for gap, result in report.gaps.items()},
        'notes': report.notes, 'settings': report.settings, 'versions': report.versions}
    path.write_text(json.dumps(content, indent=1) + '\n', encoding='utf-8')


def _known(methods: Mapping[str, Mapping[str, float | int]]) -> dict[str, dict[str, Any]]:
    return {name: {key: value if np.isfinite(value) else None for key, value in values.items()}
            for name, values in methods.items()}


def _counted(splits: Mapping[str, Mapping[str, Split]]) -> dict[str, dict[str, Any]]:
    return {name: {key: {'better': split.better, 'pairs': split.pairs, 'p': split.p}
                   for key, split in of_method.items()} for name, of_method in splits.items()}


def versions() -> dict[str, str]:
    """Return what the numbers were made with."""
    found = {'residual_features_ros': residual_features_ros.__version__, 'commit': commit(),
             'Python': platform.python_version(), 'processor': f'{os.cpu_count()} x {cpu_model()}'}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = 'not installed'
    return found
