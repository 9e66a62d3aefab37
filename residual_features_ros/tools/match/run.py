# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""match: two images to a picture of their matches and a table."""
from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np

from residual_features_ros.datasets.image_files import read_image, write_image
from residual_features_ros.drawing import draw_matches
from residual_features_ros.errors import CommandError
from residual_features_ros.extractor import Extractor
from residual_features_ros.geometry.epipolar import fundamental_inliers
from residual_features_ros.geometry.homography import homography_inliers
from residual_features_ros.matcher import open_matcher
from residual_features_ros.text_table import table
from residual_features_ros.tools.match.options import MatchOptions
from residual_features_ros.types import Matches

Result = TypeVar('Result')


def run(options: MatchOptions) -> int:
    """Match A and B."""
    images = read_image(options.a), read_image(options.b)
    extractor_config, matcher_config = options.method_options.configs(options.method)
    extractor = Extractor(extractor_config)
    matcher = open_matcher(matcher_config, extractor)
    found = []
    for path, image in zip((options.a, options.b), images, strict=True):
        try:
            found.append(timed(partial(extractor.extract, image), options.repeat))
        except ValueError as error:
            raise CommandError(f'{path}: {error}') from error
    (a, a_ms), (b, b_ms) = found
    matches, match_ms = timed(partial(matcher.match, a, b), options.repeat)
    points = a.keypoints[matches.indices[:, 0]], b.keypoints[matches.indices[:, 1]]
    inliers = {'homography': homography_inliers(*points),
               'fundamental': fundamental_inliers(*points)}
    write_image(options.out, draw_matches(images, points, inliers[options.model]))
    print(table([options.method, ''], [
        ['keypoints in A, B', f'{len(a)}, {len(b)}'], ['matches', len(matches)],
        ['confidence 0.5 and more', likely(matches)],
        ['inliers, homography 3 px', share(inliers['homography'])],
        ['inliers, fundamental 1 px', share(inliers['fundamental'])],
        ['extract A, B', f'{a_ms:.1f} ms, {b_ms:.1f} ms'], ['match', f'{match_ms:.1f} ms'],
        ['backend', extractor.backend_description]]))
    print(f'times: median of {options.repeat} after one that is not counted\n{options.out}: '
          f'inliers of the {options.model} model green, other matches red')
    return 0


def timed(function: Callable[[], Result], repeat: int) -> tuple[Result, float]:
    """Return a function's result and its median time in ms; the first call is not counted."""
    result, times = function(), []
    for _ in range(repeat):
        start = time.perf_counter()
        result = function()
        times.append(1000 * (time.perf_counter() - start))
    return result, float(np.median(times))


def likely(matches: Matches) -> str:
    """Return how many matches are right with a probability of a half or more, '-' if unknown."""
    return '-' if matches.confidences is None else share(matches.confidences >= 0.5)


def share(mask: np.ndarray) -> str:
    """Return how many of a mask are true, and the percentage."""
    return f'{mask.sum()} ({100 * mask.mean():.0f} %)' if len(mask) else '0'
