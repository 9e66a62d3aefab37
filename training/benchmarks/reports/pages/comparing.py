# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Comparisons of two methods, of whatever benchmark measures what a claim is about."""
from __future__ import annotations

from collections.abc import Callable, Sequence

from training.benchmarks.reports.pages.measured import ESTIMATOR, Found, Measured
from training.benchmarks.reports.pages.verdict import Comparison, Finding, judge

# The Residual paper's sizes and numbers of keypoints (Table 1).
SIZES = (((640, 480), 1000), ((320, 240), 300))
# Benchmark -> the group and the metric of it that are compared over seeds.
SEEDS = {'hpatches': ('all', 'ms'), 'stereo': (f'all, {ESTIMATOR}', 'mAA@10'),
         'localisation': ('all', '0.25m,2deg')}
Maker = Callable[[Measured], list[Comparison]]


def pairs(first: str, second: str, metric: str = 'ms', least: float = 1.0,
          sizes: Sequence[tuple[tuple[int, int], int]] = SIZES) -> Maker:
    """Return what compares a metric of image pairs at each size."""
    return lambda measured: [Comparison(
        f'{size[0]}x{size[1]}', value(measured.image_pairs(first, size, count), metric),
        value(measured.image_pairs(second, size, count), metric), least) for size, count in sizes]


def videos(first: str, seconds: Sequence[str], metric: str = 'ms') -> Maker:
    """Return what compares a metric of RGB-D videos with each of other methods."""
    return lambda measured: [Comparison(
        second, value(measured.videos(first), metric), value(measured.videos(second), metric))
        for second in seconds]


def posed(benchmark: str, metric: str, first: str, second: str, keypoints: int,
          less: bool = False) -> Maker:
    """Return what compares a metric of posed photographs; less: the lower is the better."""
    def compare(measured: Measured) -> list[Comparison]:
        ours, theirs = (value(measured.posed(benchmark, method, keypoints), metric)
                        for method in (first, second))
        return [Comparison(f'{benchmark} {metric}', ours, theirs, less=less)]
    return compare


def seeds(first: str, second: str, least: float = 1.0) -> Maker:
    """Return what compares the first's worst seed with the second's best, where there are seeds.

    Of each benchmark of SEEDS that was run over seeds; nothing where none was.
    """
    def compare(measured: Measured) -> list[Comparison]:
        found = []
        for _, result in measured.of('seeds'):
            group, metric = SEEDS.get(result['of'], ('', ''))
            methods = result['summary'].get(group, {})
            if {first, second} <= set(methods) and metric in methods[first]:
                found.append(Comparison(
                    f'worst v best seed, {result["of"]}', methods[first][metric]['least'],
                    methods[second][metric]['most'], least))
        return found
    return compare


def judged(*makers: Maker) -> Callable[[Measured], Finding]:
    """Return the verdict of all comparisons together."""
    return lambda measured: judge([one for make in makers for one in make(measured)])


def value(found: Found | None, metric: str) -> float | None:
    """Return a number, None where it is not measured."""
    return found.numbers.get(metric) if found else None
