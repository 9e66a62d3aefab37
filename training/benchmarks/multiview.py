# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Multiview: COLMAP on bags of 5, 10 and 25 photographs, as in the Image Matching Challenge.

landmarks: points of the largest model; track: their mean length; reproj_px; registered images of
the bag. mAA@t: of the larger angle between estimated and true relative pose of every two cameras,
where those of an image that is not registered count 180. Means over bags. A bag grows from a
photograph drawn at random by such that see the same as one in it.
"""
from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from training.benchmarks.mapping import SOLVER, numbers_of, pair_errors, poses, reconstruct
from training.benchmarks.pose_metrics import maa
from training.benchmarks.posed_options import PosedOptions
from training.benchmarks.protocol import Files, Protocol, open_predictors, save
from training.benchmarks.shots import Matched, evaluated_scenes, means, table, take
from training.data.views import Scene

BAGS = {5: 10, 10: 5, 25: 3}  # images -> bags of a scene


def bags(scene: Scene) -> dict[int, list[list[int]]]:
    """Return bags of photographs by size, those that the scene allows, sorted numbers.

    Raises:
        ValueError: fewer than five photographs see the same.
    """
    beside: dict[int, set[int]] = {}
    for a, b in scene.pairs.tolist():
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
        raise ValueError(f'{scene.images}: too few images, no {min(BAGS)} that see the same')
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


def score(matched: Matched, bag: Sequence[int]) -> dict[str, Any]:
    """Return the numbers of one bag."""
    model, = reconstruct(matched, bag, list(itertools.combinations(bag, 2)), seeds=[0])
    numbers = numbers_of(model, len(bag))
    errors = pair_errors(poses(model), [matched.shots[k] for k in bag])
    return {'registered': numbers['registered'], 'landmarks': numbers['points'],
            'track': numbers['track'], 'reproj_px': numbers['reproj_px'],
            **{f'mAA@{most}': maa(errors, most) for most in (5, 10)}}


def main(root: Path, protocol: Protocol, files: Files, options: PosedOptions) -> str:
    """Evaluate, return the table; with files.out also save JSON."""
    scenes = evaluated_scenes(root)
    asked = {scene.name: bags(scene) for scene in scenes}
    predictors = open_predictors(protocol, files.cache)
    rows: list[dict[str, Any]] = []
    for scene in scenes:
        shots = take(scene, predictors, protocol.size)
        for method in tqdm(predictors, desc=f'{scene.name}: COLMAP', unit='method', disable=None):
            matched = Matched(shots[method], options.ratio)
            rows += [{'scene': scene.name, 'method': method, 'images': f'{size}', 'bag': bag,
                      **score(matched, bag)}
                     for size, found in asked[scene.name].items() for bag in found]
    lines = summarise(rows)
    if files.out:
        wanted = dataclasses.replace(protocol, options=options.words('multiview'))
        save(files.out, 'multiview', wanted, predictors, {
            'solver': SOLVER, 'data': {'what': files.data, 'scenes': {
                name: {str(size): len(found) for size, found in sizes.items()}
                for name, sizes in asked.items()}},
            'lines': lines, **({} if files.brief else {'rows': rows})})
    return f'{table(lines)}\n{files.counts(predictors)}'


def summarise(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the means over the bags of a scene, size and method."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row['scene'], row['images'], row['method']), []).append(row)
    numbers = [name for name in rows[0] if name not in ('scene', 'images', 'method', 'bag')]
    return [{'scene': scene, 'images': images, 'method': method,
             **{name: mean.get(name) for name in numbers}}
            for (scene, images, method), found in sorted(groups.items(),
                                                         key=lambda item: (item[0][0],
                                                                           int(item[0][1])))
            for mean in [means(found)]]
