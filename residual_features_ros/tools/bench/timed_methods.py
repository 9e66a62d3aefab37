# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Methods that take turns on the same images, and how long each of them took."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from time import perf_counter, process_time
from typing import Any

import numpy as np
from tqdm import tqdm

from residual_features_ros.extractor import Extractor
from residual_features_ros.matcher import open_matcher
from residual_features_ros.tools.bench.opencv_sift import OpenCVSift
from residual_features_ros.tools.bench.options import OPENCV_SIFT
from residual_features_ros.tools.bench.sequences import FrameSequence
from residual_features_ros.tools.method_options import MethodOptions


@dataclass
class TimedMethod:
    """One method and its times in ms; entry i of every method was measured in the same turn.

    core_ms are processor times, of all threads of this process.
    """

    extractor: Any  # Extractor or OpenCVSift
    matcher: Any
    previous: Any = None  # features of the image before
    keypoints: list[int] = field(default_factory=list)
    extract_ms: list[float] = field(default_factory=list)
    match_ms: list[float] = field(default_factory=list)
    extract_core_ms: list[float] = field(default_factory=list)
    match_core_ms: list[float] = field(default_factory=list)
    stages_ms: dict[str, list[float]] = field(default_factory=dict)

    def process(self, image: np.ndarray, counted: bool = True) -> None:
        """Extract an image and match it with the image before."""
        self.extractor.timings.forget()
        start, start_core = perf_counter(), process_time()
        features = self.extractor.extract(image)
        middle, middle_core = perf_counter(), process_time()
        self.matcher.match(self.previous or features, features)
        end, end_core = perf_counter(), process_time()
        self.previous = features
        if not counted:
            return
        self.keypoints.append(len(features[0] if isinstance(features, tuple) else features))
        self.extract_ms.append(1000 * (middle - start))
        self.match_ms.append(1000 * (end - middle))
        self.extract_core_ms.append(1000 * (middle_core - start_core))
        self.match_core_ms.append(1000 * (end_core - middle_core))
        for name, times in self.extractor.timings.ms.items():
            self.stages_ms.setdefault(name, []).extend(times)

    def core_ms(self) -> dict[str, float]:
        """Return the mean processor time of an image in ms: of extract, of match, of both."""
        extract, match = (float(np.mean(times))
                          for times in (self.extract_core_ms, self.match_core_ms))
        return {'extract': extract, 'match': match, 'frame': extract + match}

    def ratios_to(self, reference: TimedMethod) -> dict[str, float]:
        """Return the median ratio to a method's times on the same image, of extract and match."""
        return {part: float(np.median(np.divide(mine, theirs))) for part, mine, theirs in (
            ('extract', self.extract_ms, reference.extract_ms),
            ('match', self.match_ms, reference.match_ms))}

    def figures(self, reference: TimedMethod) -> dict[str, Any]:
        """Return medians in ms, ratios to a method's, and core-ms."""
        return {'keypoints': float(np.median(self.keypoints)),
                'extract_ms': float(np.median(self.extract_ms)),
                'match_ms': float(np.median(self.match_ms)),
                'ratio': self.ratios_to(reference), 'core_ms': self.core_ms()}


def create_methods(names: Sequence[str], options: MethodOptions) -> dict[str, TimedMethod]:
    """Return methods of the registry, and OPENCV_SIFT, by their names."""
    return {name: _create(name, options) for name in names}


def _create(name: str, options: MethodOptions) -> TimedMethod:
    if name == OPENCV_SIFT:
        sift = OpenCVSift(options.configs('sift')[0])
        return TimedMethod(sift, sift)
    extractor_config, matcher_config = options.configs(name)
    extractor = Extractor(extractor_config)
    return TimedMethod(extractor, open_matcher(matcher_config, extractor))


def measure(methods: Sequence[TimedMethod], sequences: Iterable[FrameSequence]) -> None:
    """Run all methods on all images in their order, taking turns."""
    turn = 0
    for sequence in sequences:
        for image, counted in tqdm(sequence.frames(), total=len(sequence), desc='bench',
                                   unit='image', disable=None, leave=False):
            for i in range(len(methods)):  # each turn another method begins
                methods[(turn + i) % len(methods)].process(image, counted)
            turn += 1
