# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""bench: extract and match times of several methods, and of their stages, in one run."""
from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from residual_features_ros.environment import describe, environment
from residual_features_ros.text_table import table
from residual_features_ros.timings import STAGES
from residual_features_ros.tools.bench.comparison.options import ComparisonOptions
from residual_features_ros.tools.bench.options import OPENCV_SIFT, ComparedOptions
from residual_features_ros.tools.bench.sequences import open_sequences
from residual_features_ros.tools.bench.timed_methods import TimedMethod, create_methods, measure


def run(options: ComparisonOptions) -> int:
    """Time the methods side by side and print the tables."""
    compared = options.compared
    if compared.threads:
        cv2.setNumThreads(compared.threads)
    methods = create_methods(compared.methods, compared.method_options)
    sequences = open_sequences(compared.images, compared.size, compared.repeat)
    measure(list(methods.values()), sequences)
    print(report(methods, compared.reference, options.percentiles))
    print(f'\n{core_report(methods, compared.reference)}\n\n{stage_report(methods)}\n')
    width, height = compared.size
    print(f'{sum(sequence.counted for sequence in sequences)} images of {width}x{height}, ms; x: '
          f'median of the ratio to {compared.reference} on the same image\n'
          f'core-ms: processor time of an image on all cores, the mean; x: ratio of the means\n'
          f'stages: median and 95th percentile; prepare and h run beside those before them\n'
          f'{os.cpu_count()} processors, OpenCV {cv2.__version__} with '
          f'{cv2.getNumThreads()} threads')
    if OPENCV_SIFT in methods:
        print(f'{OPENCV_SIFT}: detectAndCompute and BFMatcher with cross-check, nothing around')
    if compared.out:
        write(compared, methods, options.brief)
    return 0


def report(methods: Mapping[str, TimedMethod], reference: str,
           percentiles: Sequence[float]) -> str:
    """Return the table of medians, percentiles and ratios."""
    marks = [f'p{percentile:g}' for percentile in percentiles]
    rows = []
    for name, method in methods.items():
        row: list[object] = [name, f'{np.median(method.keypoints):.0f}']
        ratios = method.ratios_to(methods[reference])
        for part, times in (('extract', method.extract_ms), ('match', method.match_ms)):
            row += [f'{np.median(times):.1f}',
                    *(f'{value:.1f}' for value in np.percentile(times, percentiles)),
                    f'{ratios[part]:.2f}']
        rows.append([*row, method.extractor.backend_description])
    return table(['method', 'keypoints', 'extract', *marks, 'x', 'match', *marks, 'x', 'backend'],
                 rows)


def core_report(methods: Mapping[str, TimedMethod], reference: str) -> str:
    """Return the table of core-ms of an image, and their ratios to the reference's."""
    base = methods[reference].core_ms()
    rows = []
    for name, method in methods.items():
        found = method.core_ms()
        rows.append([name, *(cell for part, value in found.items()
                             for cell in (f'{value:.1f}', f'{value / base[part]:.2f}'))])
    return table(['core-ms', *(word for part in base for word in (part, 'x'))], rows)


def stage_report(methods: Mapping[str, TimedMethod]) -> str:
    """Return the table of what the stages of each method took; '-' where it has none."""
    rows = [[name, *(_spread(method.stages_ms.get(stage, ())) for stage in STAGES)]
            for name, method in methods.items() if name != OPENCV_SIFT]
    return table(['stages', *STAGES], rows)


def _spread(times: Sequence[float]) -> str:
    return f'{np.median(times):.1f} {np.percentile(times, 95):.1f}' if times else '-'


def write(options: ComparedOptions, methods: Mapping[str, TimedMethod], brief: bool) -> None:
    """Write the figures, what they were made with, and unless `brief` every time, as JSON."""
    assert options.out
    saved: dict[str, Any] = {
        'size': options.size, 'images': Path(options.images).name, 'reference': options.reference,
        'max_keypoints': options.method_options.max_keypoints,
        'settings': options.method_options.settings, 'environment': environment(),
        'processors': os.cpu_count(), 'opencv_threads': cv2.getNumThreads(), 'methods': {}}
    for name, method in methods.items():
        found = {'figures': method.figures(methods[options.reference]),
                 **({'backend': method.extractor.backend_description} if name == OPENCV_SIFT
                    else describe(method.extractor))}
        if not brief:
            found |= {'keypoints': method.keypoints,
                      'extract_ms': method.extract_ms, 'match_ms': method.match_ms,
                      'extract_core_ms': method.extract_core_ms,
                      'match_core_ms': method.match_core_ms, 'stages_ms': method.stages_ms}
        saved['methods'][name] = found
    options.out.write_text(json.dumps(saved, indent=1) + '\n', encoding='utf-8')
