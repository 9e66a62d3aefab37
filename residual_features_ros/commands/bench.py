# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""bench: extract and match times of several methods, and of their stages, in one run."""
from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from residual_features_ros.commands import CommandError
from residual_features_ros.commands.images import (
    fill,
    find_images,
    packaged_photographs,
    read_image,
)
from residual_features_ros.commands.settings import configs
from residual_features_ros.commands.table import table
from residual_features_ros.extractor import Extractor
from residual_features_ros.matcher import Matcher
from residual_features_ros.registry import METHODS
from residual_features_ros.stages import STAGES
from residual_features_ros.types import Features


@dataclass
class Lane:
    """One method and its times in ms; entry i of every lane was measured in the same turn."""

    extractor: Extractor
    matcher: Matcher
    last: Features | None = None
    keypoints: list[int] = field(default_factory=list)
    extract_ms: list[float] = field(default_factory=list)
    match_ms: list[float] = field(default_factory=list)

    def take(self, image: np.ndarray) -> None:
        """Extract an image and match it with the image before."""
        start = time.perf_counter()
        features = self.extractor.extract(image)
        middle = time.perf_counter()
        self.matcher.match(self.last or features, features)
        end = time.perf_counter()
        self.last = features
        self.keypoints.append(len(features))
        self.extract_ms.append(1000 * (middle - start))
        self.match_ms.append(1000 * (end - middle))

    def forget(self) -> None:
        """Drop what was measured so far."""
        self.keypoints, self.extract_ms, self.match_ms = [], [], []
        self.extractor.stages.forget()


def run(args: argparse.Namespace) -> int:
    """Time the methods and print the table."""
    methods = list(dict.fromkeys(args.methods))
    reference = args.reference or default_reference(methods)
    if reference not in methods:
        raise CommandError(f'--reference {reference} is not among --methods {",".join(methods)}')
    lanes = {}
    for method in methods:
        extractor, matcher = configs(args, method)
        lanes[method] = Lane(Extractor(extractor), Matcher(matcher))
    paths = find_images([args.images]) if args.images else packaged_photographs()
    images = [fill(read_image(path), args.size) for path in paths]
    measure(list(lanes.values()), images, args.repeat)
    print(report(lanes, reference))
    print(f'\n{stage_report(lanes)}\n')
    width, height = args.size
    print(f'{len(images)} images of {width}x{height}, {args.repeat} rounds, ms; x: median of the '
          f'ratio to {reference} on the same image in the same round\n'
          f'stages: median and 95th percentile; prepare and h run beside detect\n'
          f'{os.cpu_count()} processors, OpenCV {cv2.__version__} with '
          f'{cv2.getNumThreads()} threads')
    if args.out:
        write(Path(args.out), args, lanes, reference)
    return 0


def default_reference(methods: Sequence[str]) -> str:
    """Return the first hand-crafted SIFT of the list, else the first of all."""
    if not methods:
        raise CommandError('--methods names no method')
    sift = [m for m in methods if m in METHODS and not METHODS[m].network and 'sift' in m]
    return (sift or list(methods))[0]


def measure(lanes: Sequence[Lane], images: Sequence[np.ndarray], rounds: int) -> None:
    """Run all methods on all images, taking turns; a round before the first is not counted."""
    turn = 0
    for number in tqdm(range(rounds + 1), desc='bench', unit='round', disable=None):
        for image in images:
            for i in range(len(lanes)):  # each turn another method begins
                lanes[(turn + i) % len(lanes)].take(image)
            turn += 1
        if number == 0:
            for lane in lanes:
                lane.forget()


def report(lanes: dict[str, Lane], reference: str) -> str:
    """Return the table of medians, 95th percentiles and ratios."""
    base = lanes[reference]
    rows = []
    for method, lane in lanes.items():
        row: list[object] = [method, f'{np.median(lane.keypoints):.0f}']
        for times, base_times in ((lane.extract_ms, base.extract_ms),
                                  (lane.match_ms, base.match_ms)):
            ratio = np.median(np.divide(times, base_times))
            row += [f'{np.median(times):.1f}', f'{np.percentile(times, 95):.1f}', f'{ratio:.2f}']
        rows.append([*row, lane.extractor.backend_description])
    return table(['method', 'keypoints', 'extract', 'p95', 'x', 'match', 'p95', 'x', 'backend'],
                 rows)


def stage_report(lanes: dict[str, Lane]) -> str:
    """Return the table of what the stages of each method took; '-' where it has none."""
    rows = []
    for method, lane in lanes.items():
        noted = lane.extractor.stages.ms
        rows.append([method, *(f'{np.median(noted[name]):.1f} {np.percentile(noted[name], 95):.1f}'
                               if noted[name] else '-' for name in STAGES)])
    return table(['stages', *STAGES], rows)


def write(path: Path, args: argparse.Namespace, lanes: dict[str, Lane], reference: str) -> None:
    """Write every time that was measured as JSON."""
    saved = {
        'size': args.size, 'reference': reference, 'processors': os.cpu_count(),
        'opencv': cv2.__version__, 'opencv_threads': cv2.getNumThreads(),
        'settings': args.settings,
        'methods': {method: {
            'backend': lane.extractor.backend_description, 'keypoints': lane.keypoints,
            'extract_ms': lane.extract_ms, 'match_ms': lane.match_ms,
            'stages_ms': {name: list(times) for name, times in lane.extractor.stages.ms.items()},
        } for method, lane in lanes.items()},
    }
    path.write_text(json.dumps(saved, indent=1) + '\n', encoding='utf-8')
