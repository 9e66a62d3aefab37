# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Stereo: relative pose of two posed photographs, as in the Image Matching Challenge.

matches: mutual nearest neighbours within the ratio, the challenge's NM. inliers: the estimator's,
its NI; right: those of them within RIGHT_PX of the true epipolar lines. rotation, translation:
median errors in degrees over pairs, the translation's of its direction up to sign. mAA@t: see
geometry.accuracy, of the larger error; a failure counts 180. Each pair is estimated DRAWS times
with the matches in other orders, and the numbers are means over them. With --tune, ratio and
threshold of each method and estimator are those of the best mAA@10 on the scenes named, which take
no part in the result, or, for each scene, on all others. scenes.MOST_PAIRS of a scene are
estimated, with --pairs all every one, as the challenge does.
"""
from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from residual_features_ros.datasets.posed_images import Scene
from residual_features_ros.geometry.accuracy import maa
from residual_features_ros.geometry.epipolar import epipolar_px, fundamental
from residual_features_ros.geometry.pose import relative_pose
from training.benchmarks import pose_metrics
from training.benchmarks.cache import Predictor, counts, open_predictors
from training.benchmarks.posed_features import (
    Matched,
    PosedFeatures,
    choose_elsewhere,
    means,
    split,
    table,
    take,
)
from training.benchmarks.posed_options import StereoOptions
from training.benchmarks.ratios import RATIOS
from training.benchmarks.results import save
from training.benchmarks.robust import ESTIMATORS, estimate
from training.benchmarks.scenes import asked_pairs, evaluated_scenes, pairs_of, some_pairs

DRAWS = 3
RIGHT_PX = 2.0
THRESHOLDS_PX = (0.5, 1.0, 2.0)
MOST_TUNED = 20  # pairs of a scene that values are chosen on
Rows = list[dict[str, float]]
Tried = dict[tuple[str, float, float], Rows]  # [estimator, ratio, threshold]
Chosen = dict[str, dict[str, float]]  # [estimator]['ratio' or 'threshold_px']


def score_pair(matched: Matched, a: int, b: int, estimator: str, threshold_px: float,
               draws: int = DRAWS) -> Rows:
    """Return the numbers of one pair, one row for each draw."""
    first, second = matched.views[a], matched.views[b]
    places, true = matched.places(a, b), relative_pose(first.image, second.image)
    near = epipolar_px(*places, fundamental(first.camera.K, second.camera.K, *true)) < RIGHT_PX
    rows = []
    for seed in range(draws):
        found = estimate(*places, (first.camera.K, second.camera.K), estimator, threshold_px, seed)
        rotation, translation = pose_metrics.relative_error_deg(
            (found.R, found.t) if found else None, true)
        inliers = found.inliers if found else np.zeros(len(near), bool)
        rows.append({'matches': len(near), 'inliers': int(inliers.sum()),
                     'right': int((inliers & near).sum()), 'rotation': rotation,
                     'translation': translation})
    return rows


def summarise(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return means of counts, medians of errors in degrees, and mAA."""
    errors = np.array([[row['rotation'], row['translation']] for row in rows])
    counts = means([{name: row[name] for name in ('matches', 'inliers', 'right')}
                    for row in rows])
    return {**counts, 'rotation': float(np.median(errors[:, 0])),
            'translation': float(np.median(errors[:, 1])),
            **{f'mAA@{most}': maa(errors.max(1), most) for most in (5, 10)}}


def try_all(scene: Scene, views: list[PosedFeatures], predictor: Predictor) -> Tried:
    """Return the numbers of some pairs of a scene for every estimator, ratio and threshold."""
    tried: Tried = {}
    for ratio in RATIOS:
        matched = Matched(views, ratio, predictor)
        for a, b in tqdm(some_pairs(pairs_of(scene), MOST_TUNED), disable=None,
                         desc=f'tune {scene.name}, ratio {ratio}', unit='pair'):
            for estimator, threshold in itertools.product(ESTIMATORS, THRESHOLDS_PX):
                if estimator == 'lmeds' and threshold != THRESHOLDS_PX[0]:
                    continue  # it takes none
                tried.setdefault((estimator, ratio, threshold), []).extend(
                    score_pair(matched, a, b, estimator, threshold, 1))
    return tried


def best(scenes: Sequence[Tried]) -> Chosen:
    """Return ratio and threshold of the best mAA@10 for each estimator, the first of equals.

    A scene counts as much as another.
    """
    scores = {key: float(np.mean([summarise(tried[key])['mAA@10'] for tried in scenes]))
              for key in scenes[0]}
    keys = {name: max((key for key in scores if key[0] == name), key=lambda key: scores[key])
            for name in ESTIMATORS}
    return {name: {'ratio': ratio, 'threshold_px': threshold, 'mAA@10': scores[key]}
            for name, key in keys.items() for _, ratio, threshold in [key]}


def choose(to_tune: Sequence[Scene], scenes: Sequence[Scene], predictors: dict[str, Predictor],
           size: tuple[int, int], options: StereoOptions) -> dict[str, dict[str, Chosen]]:
    """Return ratio and threshold by scene, method and estimator, tuned on other scenes if any."""
    if not to_tune:
        return {scene.name: {method: {name: {
            'ratio': options.ratio_of(method), 'threshold_px': options.threshold_px}
            for name in ESTIMATORS} for method in predictors} for scene in scenes}
    return choose_elsewhere(to_tune, scenes, predictors, size, try_all, best)


def score(pairs: np.ndarray, views: list[PosedFeatures], predictor: Predictor,
          chosen: Chosen) -> dict[str, dict[str, Any]]:
    """Return the summary of pairs (P, 2) of a scene, and their rows, by estimator."""
    matched = {ratio: Matched(views, ratio, predictor)
               for ratio in {c['ratio'] for c in chosen.values()}}
    rows: dict[str, Rows] = {name: [] for name in chosen}
    for a, b in pairs.tolist():  # a pair's matches are for all estimators, and then forgotten
        for name, values in chosen.items():
            rows[name] += score_pair(matched[values['ratio']], a, b, name, values['threshold_px'])
    return {name: {'summary': summarise(found), 'rows': found} for name, found in rows.items()}


def main(options: StereoOptions) -> str:
    """Evaluate, return the table; with files.out also save JSON."""
    protocol, files = options.protocol, options.files
    to_tune, scenes = split(evaluated_scenes(options.root), options.tune)
    predictors = open_predictors(protocol, files.cache)
    chosen = choose(to_tune, scenes, predictors, protocol.size, options)
    results: dict[str, dict[str, Any]] = {}
    for scene in scenes:
        for method in tqdm(predictors, desc=f'{scene.name}: poses', unit='method', disable=None):
            # One by one: 8,000 keypoints of 256 numbers of a hundred photographs are .8 GB, which
            # only --cache leaves on disk.
            views = take(scene, {method: predictors[method]}, protocol.size)[method]
            results.setdefault(scene.name, {})[method] = score(
                asked_pairs(scene, options.pairs), views, predictors[method],
                chosen[scene.name][method])
    lines = [{'scene': scene, 'method': method, 'estimator': name,
              'ratio': chosen[scene][method][name]['ratio'],
              'px': chosen[scene][method][name]['threshold_px'], **found['summary']}
             for scene, methods in results.items() for method, of_method in methods.items()
             for name, found in of_method.items()]
    if files.out:
        save('stereo', options, predictors, {
            'data': {'what': files.data, 'scenes': {
                scene.name: len(asked_pairs(scene, options.pairs)) for scene in scenes},
                'tuned_on': list(options.tune)},
            'draws': DRAWS, 'tried': {'ratio': RATIOS, 'threshold_px': THRESHOLDS_PX},
            'chosen': chosen, 'lines': lines,
            **({} if files.brief else {'rows': results})})
    return f'{table(lines)}\n{counts(predictors, files.cache)}'
