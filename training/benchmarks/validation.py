# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Validation: held-out pairs by which weights, thresholds and architectures are chosen.

Scenes of the other benchmarks are reported on and nothing is chosen by them. validation_pairs.py
has the three kinds of pairs. Of stills and exposures the numbers are those of hpatches.py, all of
them means over pairs, correct too. Of videos, with matches that are mutual nearest neighbours:
inliers of a fundamental matrix (MAGSAC++, INLIER_PX), and where there are poses epi@3, the share
of matches within EPIPOLAR_PX of the true epipolar lines in both images, the errors of the
relative pose in degrees, medians over pairs, and mAA@5 and @10 of the larger one
(geometry.accuracy.maa). Poses are estimated DRAWS times, with the matches in other orders.

Three caveats. The two exposures of a view are the same to .6 px, save two of 28 that are 1.3 and
1.9 px apart (folders 063 and 057): mma@1 and cor@1 have a ceiling there. An inlier may lie
anywhere along its line: of about 320 matches between frames of the drive that show nothing in
common 20 are inliers. And the poses of the video are good to some pixels, while its camera moves
2 to 20 cm between two frames; they are those of the depth camera beside the colour camera. So the
direction of translation is off by 4 to 9 (gap 8) and 10 to 21 degrees (gap 1) whoever matches,
and mAA does not tell methods apart. Of the inliers of RootSIFT, which know nothing of the poses,
half are within 0.7 px (gap 1) to 2.1 px (gap 8) of the epipolar lines, and 97 to 70 % within 3
px, the limit: a smaller one would count the errors of the poses, a larger one wrong matches.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from residual_features_ros import Features
from residual_features_ros.datasets.image_files import write_image
from residual_features_ros.geometry.accuracy import maa
from residual_features_ros.geometry.epipolar import epipolar_px, fundamental, fundamental_inliers
from residual_features_ros.matcher import Matcher
from residual_features_ros.outputs import refuse_existing
from training.benchmarks import hpatches, pose_metrics
from training.benchmarks.cache import Predictor, counts, open_predictors
from training.benchmarks.hpatches import matched
from training.benchmarks.posed_options import THRESHOLD_PX
from training.benchmarks.reports import extremes
from training.benchmarks.reports import validation as report
from training.benchmarks.reports.validation import Rows
from training.benchmarks.results import save
from training.benchmarks.robust import estimate
from training.benchmarks.validation_options import ValidationOptions
from training.benchmarks.validation_pairs import (
    EXPOSURE_WARP,
    KINDS,
    PHOTOMETRIC,
    SEED,
    WARP,
    ImageSet,
    Pair,
    Size,
    fingerprint,
)

INLIER_PX = 1.0
EPIPOLAR_PX = 3.0
ESTIMATOR, DRAWS = 'essential', 3
MOST_DEG = (5, 10)  # of mAA


def score(pair: Pair, first: Features, second: Features, K: np.ndarray | None,
          matcher: Matcher = hpatches.EXACT) -> dict[str, Any]:
    """Return the numbers of a pair: those of hpatches where a homography is known."""
    if pair.homography is None:
        return {'sources': pair.sources, **score_video(pair, first, second, K, matcher)}
    known = hpatches.Pair(pair.sources[0], 0, pair.homography)
    numbers = hpatches.score(known, first, second, matcher=matcher)
    return {'sources': pair.sources, **{name: numbers[name] for name in report.OF_HOMOGRAPHIES}}


def score_video(pair: Pair, first: Features, second: Features, K: np.ndarray | None,
                matcher: Matcher = hpatches.EXACT) -> dict[str, float | None]:
    """Return the numbers of two frames; those that take poses are None where there are none."""
    starts, ends = matched(first, second, matcher)
    numbers: dict[str, float | None] = dict.fromkeys(report.OF_VIDEOS)
    numbers |= {'keypoints': len(first), 'matches': len(starts),
                'inliers': int(fundamental_inliers(starts, ends, INLIER_PX).sum())}
    if pair.motion is not None and K is not None:
        numbers |= score_motion(starts, ends, K, pair.motion)
    return numbers


def score_motion(starts: np.ndarray, ends: np.ndarray, K: np.ndarray,
                 motion: tuple[np.ndarray, np.ndarray]) -> dict[str, float | None]:
    """Return the numbers of matches (M, 2), (M, 2) that take the true R and t, means over draws.

    Args:
        starts: pixels of the first frame.
        ends: those of the second.
        K: (3, 3) of both.
        motion: the true R and t from the first camera to the second.
    """
    apart = epipolar_px(starts, ends, fundamental(K, K, *motion))
    found = [estimate(starts, ends, (K, K), ESTIMATOR, THRESHOLD_PX, seed)
             for seed in range(DRAWS)]
    errors = np.array([pose_metrics.relative_error_deg((one.R, one.t) if one else None, motion)
                       for one in found])  # (DRAWS, 2)
    rotation, direction = errors.mean(0)
    return {'epi@3': float((apart < EPIPOLAR_PX).mean()) if len(apart) else 0.0,
            'rotation_deg': float(rotation), 'direction_deg': float(direction),
            **{f'mAA@{most}': maa(errors.max(1), most) for most in MOST_DEG}}


def evaluate(sets: Iterable[ImageSet],
             predictors: dict[str, Predictor]) -> dict[str, Rows]:
    """Return the rows of all pairs by method; methods take turns on the images of a set."""
    rows: dict[str, Rows] = {method: [] for method in predictors}
    matchers = {method: predictor.matcher() for method, predictor in predictors.items()}
    for found in sets:
        for method, predictor in predictors.items():
            features = [predictor.extract(image) for image in found.images]
            rows[method] += [score(pair, features[pair.first], features[pair.second], found.K,
                                   matchers[method])
                             for pair in found.pairs]
    return rows


def make_sets(kinds: Sequence[str], root: Path, size: Size) -> dict[str, list[ImageSet]]:
    """Return the images of each kind, made before any is looked at: what lacks is said at once."""
    return {kind: list(KINDS[kind](root, size)) for kind in kinds}


def draw(path: Path, rows: dict[str, dict[str, Rows]], sets: dict[str, list[ImageSet]],
         predictors: dict[str, Predictor]) -> None:
    """Draw the hard pairs of each kind with homographies that the last method wins and loses."""
    drawn = []
    names = list(predictors)
    chosen = [(name, predictors[name]) for name in (names[0], names[-1])]
    for kind, of_kind in sets.items():
        pairs = [(found, pair, pair.homography) for found in of_kind for pair in found.pairs]
        if pairs[0][2] is None:
            continue
        for number in extremes.hardest(rows[kind][names[0]], rows[kind][names[-1]]):
            found, pair, homography = pairs[number]
            assert homography is not None  # all pairs of a kind have one, or none
            images = found.images[pair.first], found.images[pair.second]
            for name, predictor in chosen:
                features = predictor.extract(images[0]), predictor.extract(images[1])
                drawn.append(extremes.picture(images, features, homography,
                                              predictor.matcher(), name))
    if drawn:
        write_image(str(path), np.vstack(drawn))


def main(options: ValidationOptions) -> str:
    """Evaluate, return the tables; with files.out also save JSON and Markdown.

    Raises:
        OutputError: the picture that is asked for is there already.
    """
    protocol, files = options.protocol, options.files
    if options.pictures:
        refuse_existing([options.pictures])
    predictors = open_predictors(protocol, files.cache)
    sets = make_sets(options.kinds, options.root, protocol.size)
    rows = {kind: evaluate(tqdm(of_kind, desc=kind, unit='set', disable=None), predictors)
            for kind, of_kind in sets.items()}
    results = {'summary': {kind: report.summarise(of_kind) for kind, of_kind in rows.items()},
               'sign_tests': {kind: report.sign_tests(kind, of_kind)
                              for kind, of_kind in rows.items()}}
    if options.pictures:
        draw(options.pictures, rows, sets, predictors)
    if files.out:
        data = {'what': files.data, 'sha256': {kind: fingerprint(of_kind)
                                               for kind, of_kind in sets.items()}}
        save('validation', options, predictors, {
            'data': data, 'seed': SEED, 'warp': asdict(WARP), 'photometric': asdict(PHOTOMETRIC),
            'exposure_warp': asdict(EXPOSURE_WARP),
            'limits': {'inlier_px': INLIER_PX, 'epipolar_px': EPIPOLAR_PX, 'estimator': ESTIMATOR,
                       'threshold_px': THRESHOLD_PX, 'draws': DRAWS},
            **results, **({} if files.brief else {'rows': rows})})
        width, height = protocol.size
        title = f'Validation, {width}x{height}, {protocol.max_keypoints} keypoints'
        files.out.with_suffix('.md').write_text(report.markdown(results, title), encoding='utf-8')
    return f'{report.text(results)}\n{counts(predictors, files.cache)}'
