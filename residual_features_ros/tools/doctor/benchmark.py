# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How many images a second the default method answers: extraction and matching, in turn."""
from __future__ import annotations

import itertools
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from residual_features_ros.backends.nvidia.parity import blobs
from residual_features_ros.errors import CommandError
from residual_features_ros.process_tuning import cores
from residual_features_ros.tools.bench.sequences import (
    DISTINCT,
    WARM_UP,
    FrameSequence,
    moving_crops,
    open_sequences,
)
from residual_features_ros.tools.bench.timed_methods import create_methods
from residual_features_ros.tools.method_options import DEFAULT_METHOD, DEFAULT_OPTIONS

BUSY = 0.5  # of the processors, before the benchmark itself takes them


@dataclass(frozen=True)
class Speed:
    """What the default method takes on one image of a size, matching included.

    made: whether the images were made, for want of photographs.
    """

    size: tuple[int, int]
    images: int
    median_ms: float
    p95_ms: float
    made: bool

    @property
    def per_second(self) -> float:
        """Return images a second."""
        return 1000 / self.median_ms


def time_default(size: tuple[int, int], seconds: float) -> Speed:
    """Time the default method on a moving view for so long.

    Args:
        size: (width, height) of the images.
        seconds: of wall clock, beside the warm-up.
    """
    method = create_methods([DEFAULT_METHOD], DEFAULT_OPTIONS)[DEFAULT_METHOD]
    sequences, made = views(size)
    for image, _ in itertools.islice(sequences[0].frames(), WARM_UP):
        method.process(image, counted=False)
    until = time.monotonic() + seconds
    for sequence in itertools.cycle(sequences):
        for image, counted in sequence.frames():
            method.process(image, counted)
            if method.extract_ms and time.monotonic() >= until:
                times = np.add(method.extract_ms, method.match_ms)
                return Speed(size, len(times), float(np.median(times)),
                             float(np.percentile(times, 95)), made)
    raise CommandError('no image to time the method on')


def busy() -> list[str]:
    """Return that other work takes the processors, [] where it does not."""
    load = os.getloadavg()[0] if hasattr(os, 'getloadavg') else 0.0
    return [] if load < BUSY * cores() else [
        f'other work keeps this machine busy (load {load:.1f}, {cores()} processors): at rest it '
        'is faster']


def views(size: tuple[int, int]) -> tuple[Sequence[FrameSequence], bool]:
    """Return views that move over photographs, or over made pictures where there are none."""
    try:
        return open_sequences('', size, DISTINCT), False
    except CommandError:
        width, height = size
        grey = blobs(np.random.default_rng(0), (1, 1, height, 3 * width))[0, 0]
        images = list(moving_crops([np.repeat(grey[..., None], 3, 2)], size, DISTINCT))
        return [FrameSequence(images, WARM_UP, DISTINCT)], True
