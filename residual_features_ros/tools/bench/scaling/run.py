# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""bench --scaling: what extraction and matching cost against image size and keypoints."""
from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from residual_features_ros.text_table import table
from residual_features_ros.tools.bench.options import ComparedOptions
from residual_features_ros.tools.bench.scaling.options import ScalingOptions
from residual_features_ros.tools.bench.sequences import open_sequences
from residual_features_ros.tools.bench.timed_methods import TimedMethod, create_methods, measure
from residual_features_ros.tools.plots import write_plot

Curve = list[dict[str, Any]]  # a point: size, keypoints asked for, and methods -> summary


def run(options: ScalingOptions) -> int:
    """Measure both curves, print them, write JSON and plot."""
    compared = options.compared
    if compared.threads:
        cv2.setNumThreads(compared.threads)
    most = compared.method_options.max_keypoints
    curves = {'sizes': [measure_point(compared, size, most) for size in options.sizes],
              'counts': [measure_point(compared, compared.size, count)
                         for count in options.counts]}
    for name, curve in curves.items():
        print(f'{report(curve, compared.methods, name)}\n')
    print('median and 95th percentile of extract, its ratio to that of '
          f'{compared.reference}; median of match, ms; core-ms of both, the mean; '
          '(keypoints found)')
    if compared.out:
        write(compared.out, compared, curves)
        write_plot(compared.out.with_suffix('.png'),
                   lambda figure: draw(figure, curves, compared.methods))
    return 0


def measure_point(compared: ComparedOptions, size: tuple[int, int],
                  max_keypoints: int) -> dict[str, Any]:
    """Measure all methods at one size and number of keypoints."""
    methods = create_methods(compared.methods, dataclasses.replace(
        compared.method_options, max_keypoints=max_keypoints))
    measure(list(methods.values()), open_sequences(compared.images, size, compared.repeat))
    base = methods[compared.reference]
    return {'size': size, 'keypoints': max_keypoints,
            'methods': {name: summary(method, base) for name, method in methods.items()}}


def summary(method: TimedMethod, base: TimedMethod) -> dict[str, Any]:
    """Return the figures of a method; 'extract_x' is the median ratio to the reference's.

    core_ms is the mean processor time of an image, core_x its ratio to the reference's.
    """
    figures: dict[str, Any] = {'keypoints': float(np.median(method.keypoints)),
                               'backend': method.extractor.backend_description}
    for name, times in (('extract', method.extract_ms), ('match', method.match_ms)):
        p5, p50, p95, p99 = np.percentile(times, [5, 50, 95, 99]).tolist()
        figures[f'{name}_ms'] = {'p5': p5, 'p50': p50, 'p95': p95, 'p99': p99}
    figures['extract_x'] = float(np.median(np.divide(method.extract_ms, base.extract_ms)))
    figures['core_ms'] = method.core_ms()
    figures['core_x'] = figures['core_ms']['frame'] / base.core_ms()['frame']
    return figures


def write(path: Path, compared: ComparedOptions, curves: Mapping[str, Curve]) -> None:
    """Write both curves, and what they were measured with, as JSON."""
    path.write_text(json.dumps({
        'reference': compared.reference, 'repeat': compared.repeat,
        'settings': compared.method_options.settings, 'images': compared.images,
        'processors': os.cpu_count(), 'opencv': cv2.__version__,
        'opencv_threads': cv2.getNumThreads(), **curves}, indent=1) + '\n', encoding='utf-8')


def report(curve: Curve, methods: Sequence[str], name: str) -> str:
    """Return the table of a curve, a row for each of its points."""
    rows = [['{}x{}'.format(*at['size']) if name == 'sizes' else at['keypoints'],
             *(_cell(at['methods'][method]) for method in methods)] for at in curve]
    first = curve[0]
    header = f'{first["keypoints"]} keypoints' if name == 'sizes' else \
        '{}x{}'.format(*first['size'])
    return table([header, *methods], rows)


def _cell(figures: Mapping[str, Any]) -> str:
    extract, match = figures['extract_ms'], figures['match_ms']
    return (f'{extract["p50"]:.1f} {extract["p95"]:.1f} x{figures["extract_x"]:.2f} '
            f'{match["p50"]:.1f} {figures["core_ms"]["frame"]:.1f} '
            f'({figures["keypoints"]:.0f})')


def draw(figure: Any, curves: Mapping[str, Curve], methods: Sequence[str]) -> None:
    """Draw extract and match against megapixels and keypoints into a matplotlib Figure."""
    figure.set_size_inches(10, 7)
    panels = figure.subplots(2, 2, sharex='col')
    size, keypoints = curves['counts'][0]['size'], curves['sizes'][0]['keypoints']
    places = {
        'sizes': ([at['size'][0] * at['size'][1] / 1e6 for at in curves['sizes']],
                  f'megapixels, {keypoints} keypoints at most'),
        'counts': ([at['keypoints'] for at in curves['counts']],
                   f'keypoints at most, {size[0]}x{size[1]}')}
    for row, part in zip(panels, ('extract', 'match'), strict=True):
        for axes, (name, (x, label)) in zip(row, places.items(), strict=True):
            for method in methods:
                times = [at['methods'][method][f'{part}_ms'] for at in curves[name]]
                line, = axes.plot(x, [t['p50'] for t in times], marker='o', label=method)
                axes.fill_between(x, [t['p5'] for t in times], [t['p95'] for t in times],
                                  color=line.get_color(), alpha=0.15)
            axes.set(xlabel=label, ylabel=f'{part}, ms: p50, p5 to p95')
            axes.set_xlim(0)
            axes.set_ylim(0)
            axes.grid(alpha=0.3)
    panels[0][0].legend()
