# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""bench: extract and match times of several methods, and of their stages, in one run."""
from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from residual_features_ros.errors import CommandError
from residual_features_ros.keypoints.table import DETECTORS
from residual_features_ros.registry import METHODS
from residual_features_ros.text_table import table
from residual_features_ros.timings import STAGES
from residual_features_ros.tools.bench.lanes import OPENCV_SIFT, Lane, create_lane, measure
from residual_features_ros.tools.bench.sequences import open_views

# What belongs to one kind of bench alone; each is None where it was not given.
OPTIONS = {'--node': ('rate', 'frames', 'params_file', 'grey', 'starts', 'dds_profile'),
           '--scaling': ('sizes', 'counts'),
           '': ('percentiles',)}
ROUNDS = 10
PERCENTILES = [95.0]


def run(args: argparse.Namespace) -> int:
    """Time the methods and print the table, or hand over to --node or --scaling."""
    kind = '--node' if args.node else '--scaling' if args.scaling else ''
    refuse_strangers(args, kind)
    args.methods = list(dict.fromkeys(args.methods))
    if kind == '--node':
        from residual_features_ros.tools.bench.node.run import run as run_node
        return run_node(args)
    args.reference = args.reference or default_reference(args.methods)
    if args.reference == OPENCV_SIFT and OPENCV_SIFT not in args.methods:
        args.methods.insert(0, OPENCV_SIFT)
    if args.reference not in args.methods:
        raise CommandError(
            f'--reference {args.reference} is not among --methods {",".join(args.methods)}')
    args.repeat = args.repeat or ROUNDS
    take_threads(args)
    if kind == '--scaling':
        from residual_features_ros.tools.bench.scaling import run as run_scaling
        return run_scaling(args)
    return compare(args)


def refuse_strangers(args: argparse.Namespace, kind: str) -> None:
    """Raise CommandError where an option was given that means nothing to this kind of bench."""
    strange = {name: owner for owner, names in OPTIONS.items() if owner != kind for name in names}
    if kind == '--node':
        strange.update({'repeat': '', 'reference': ''})
    for name, owner in strange.items():
        if getattr(args, name) is not None:
            option = f'--{name.replace("_", "-")}'
            raise CommandError(f'{option} goes with {owner}' if owner
                               else f'{option} does not go with {kind}')


def take_threads(args: argparse.Namespace) -> None:
    """Give OpenCV and the network's runtime the threads of --threads."""
    if not args.threads:
        return
    if any(word.startswith('threads=') for word in args.settings):
        raise CommandError('--threads and --set threads are the same setting: give one')
    cv2.setNumThreads(args.threads)
    args.settings.append(f'threads={args.threads}')


def default_reference(methods: Sequence[str]) -> str:
    """Return OpenCV's own SIFT where a method stands on SIFT, else the first method."""
    if not methods:
        raise CommandError('--methods names no method')
    detectors = [METHODS[method].detector for method in methods if method in METHODS]
    on_sift = any(DETECTORS[name].finder == 'sift' for name in detectors if name)
    return OPENCV_SIFT if on_sift else methods[0]


def compare(args: argparse.Namespace) -> int:
    """Time the methods side by side and print the tables."""
    lanes = {method: create_lane(args, method) for method in args.methods}
    views = open_views(args.images, args.size, args.repeat)
    measure(list(lanes.values()), views)
    print(report(lanes, args.reference, args.percentiles or PERCENTILES))
    print(f'\n{stage_report(lanes)}\n')
    width, height = args.size
    print(f'{sum(view.counted for view in views)} images of {width}x{height}, ms; x: median of '
          f'the ratio to {args.reference} on the same image\n'
          f'stages: median and 95th percentile; prepare and h run beside detect\n'
          f'{os.cpu_count()} processors, OpenCV {cv2.__version__} with '
          f'{cv2.getNumThreads()} threads')
    if OPENCV_SIFT in lanes:
        print(f'{OPENCV_SIFT}: detectAndCompute and BFMatcher with cross-check, nothing around')
    if args.out:
        write(Path(args.out), args, lanes)
    return 0


def report(lanes: dict[str, Lane], reference: str, percentiles: Sequence[float]) -> str:
    """Return the table of medians, percentiles and ratios."""
    base = lanes[reference]
    names = [f'p{percentile:g}' for percentile in percentiles]
    rows = []
    for method, lane in lanes.items():
        row: list[object] = [method, f'{np.median(lane.keypoints):.0f}']
        for times, base_times in ((lane.extract_ms, base.extract_ms),
                                  (lane.match_ms, base.match_ms)):
            ratio = np.median(np.divide(times, base_times))
            row += [f'{np.median(times):.1f}',
                    *(f'{value:.1f}' for value in np.percentile(times, percentiles)),
                    f'{ratio:.2f}']
        rows.append([*row, lane.extractor.backend_description])
    return table(['method', 'keypoints', 'extract', *names, 'x', 'match', *names, 'x', 'backend'],
                 rows)


def stage_report(lanes: dict[str, Lane]) -> str:
    """Return the table of what the stages of each method took; '-' where it has none."""
    rows = [[method, *(_spread(lane.stages_ms.get(name, ())) for name in STAGES)]
            for method, lane in lanes.items() if method != OPENCV_SIFT]
    return table(['stages', *STAGES], rows)


def _spread(times: Sequence[float]) -> str:
    return f'{np.median(times):.1f} {np.percentile(times, 95):.1f}' if times else '-'


def write(path: Path, args: argparse.Namespace, lanes: dict[str, Lane]) -> None:
    """Write every time that was measured as JSON."""
    saved = {
        'size': args.size, 'reference': args.reference, 'processors': os.cpu_count(),
        'opencv': cv2.__version__, 'opencv_threads': cv2.getNumThreads(),
        'settings': args.settings,
        'methods': {method: {
            'backend': lane.extractor.backend_description, 'keypoints': lane.keypoints,
            'extract_ms': lane.extract_ms, 'match_ms': lane.match_ms,
            'stages_ms': lane.stages_ms,
        } for method, lane in lanes.items()},
    }
    path.write_text(json.dumps(saved, indent=1) + '\n', encoding='utf-8')
