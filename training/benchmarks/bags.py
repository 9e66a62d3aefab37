# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bags of photographs that see the same, COLMAP on them, and the ratio that it likes best.

A bag grows from a photograph drawn at random by such that see the same as one in it.
"""
from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from tqdm import tqdm

from residual_features_ros.datasets.posed_images import Scene
from residual_features_ros.geometry.accuracy import maa
from training.benchmarks.cache import Predictor
from training.benchmarks.mapping import numbers_of, pair_errors, poses, reconstruct
from training.benchmarks.posed_features import Matched, PosedFeatures, choose_elsewhere, means
from training.benchmarks.posed_options import FOR_ROBOTS, Colmap, MappedOptions
from training.benchmarks.ratios import RATIOS
from training.benchmarks.scenes import pairs_of

BAGS = {5: 10, 10: 5, 25: 3}  # images -> bags of a scene
MOST_TUNED = 10  # images of a bag that a ratio is chosen on
Tried = dict[float, tuple[float, float]]  # [ratio] mAA@10, landmarks


def bags(scene: Scene) -> dict[int, list[list[int]]]:
    """Return bags of photographs by size, those that the scene allows, sorted numbers.

    Raises:
        ValueError: fewer than five photographs see the same.
    """
    beside: dict[int, set[int]] = {}
    for a, b in pairs_of(scene).tolist():
        beside.setdefault(a, set()).add(b)
        beside.setdefault(b, set()).add(a)
    found: dict[int, list[list[int]]] = {}
    for size, count in BAGS.items():
        drawn = [grow(beside, size, np.random.default_rng([size, number]))
                 for number in range(count)]
        distinct = sorted({tuple(bag) for bag in drawn if len(bag) == size})
        if distinct:
            found[size] = [list(bag) for bag in distinct]
    if not found:
        raise ValueError(f'{scene.folder}: too few images, no {min(BAGS)} that see the same')
    return found


def grow(beside: dict[int, set[int]], size: int, rng: np.random.Generator) -> list[int]:
    """Return so many connected numbers, or fewer where no more are connected."""
    bag = {int(rng.choice(sorted(beside)))}
    while len(bag) < size:
        next_to = sorted(set().union(*(beside[k] for k in bag)) - bag)
        if not next_to:
            break
        bag.add(int(rng.choice(next_to)))
    return sorted(bag)


def score(matched: Matched, bag: Sequence[int], colmap: Colmap = FOR_ROBOTS) -> dict[str, Any]:
    """Return the numbers of one bag."""
    pairs = list(itertools.combinations(bag, 2))
    model, = reconstruct(matched, bag, pairs, [0], colmap)
    numbers = numbers_of(model, len(bag))
    errors = pair_errors(poses(model), [matched.views[k] for k in bag])
    return {'matches': float(np.mean([len(matched.pair(a, b)) for a, b in pairs])),
            'registered': numbers['registered'], 'landmarks': numbers['points'],
            'track': numbers['track'], 'reproj_px': numbers['reproj_px'],
            **{f'mAA@{most}': maa(errors, most) for most in (5, 10)}}


def choose_ratios(to_tune: Sequence[Scene], scenes: Sequence[Scene],
                  predictors: dict[str, Predictor], size: tuple[int, int],
                  options: MappedOptions) -> dict[str, dict[str, float]]:
    """Return the ratio by scene and method: the best one on other scenes, or the options'.

    Best is the largest mAA@10 over bags of up to MOST_TUNED images; of equals that of the most
    landmarks. A scene counts as much as another.
    """
    if not to_tune:
        return {scene.name: {method: options.ratio_of(method) for method in predictors}
                for scene in scenes}
    return choose_elsewhere(to_tune, scenes, predictors, size,
                            partial(try_all, colmap=options.colmap), best_ratio)


def try_all(scene: Scene, views: Sequence[PosedFeatures], predictor: Predictor,
            colmap: Colmap = FOR_ROBOTS) -> Tried:
    """Return mAA@10 and landmarks, means over the bags of a scene, by ratio."""
    found = {}
    drawn = [bag for size, some in bags(scene).items() if size <= MOST_TUNED for bag in some]
    for ratio in tqdm(RATIOS, desc=f'tune {scene.name}', unit='ratio', disable=None):
        matched = Matched(views, ratio, predictor)
        mean = means([score(matched, bag, colmap) for bag in drawn])
        found[ratio] = mean['mAA@10'], mean['landmarks']
    return found


def best_ratio(scenes: Sequence[Tried]) -> float:
    """Return the ratio of the largest mean mAA@10, of equals that of the most landmarks."""
    return max(scenes[0], key=lambda ratio: tuple(np.mean([tried[ratio] for tried in scenes], 0)))
