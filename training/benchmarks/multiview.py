# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Multiview: COLMAP on bags of 5, 10 and 25 photographs, as in the Image Matching Challenge.

matches: of two photographs, the mean over the pairs of a bag, before COLMAP verifies them (the
challenge's NM). landmarks: points of the largest model; track: their mean length; reproj_px;
registered images of the bag. mAA@t: of the larger angle between estimated and true relative pose
of every two cameras, where those of an image that is not registered count 180. Means over bags
(bags.py). With --tune the ratio of each method is the one of the best mAA@10 on bags of the scenes
named, or of the other scenes.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tqdm import tqdm

from training.benchmarks.bags import bags, choose_ratios, score
from training.benchmarks.cache import counts, open_predictors
from training.benchmarks.mapping import SOLVER
from training.benchmarks.posed_features import Matched, means, split, table, take
from training.benchmarks.posed_options import MultiviewOptions
from training.benchmarks.results import save
from training.benchmarks.scenes import evaluated_scenes


def main(options: MultiviewOptions) -> str:
    """Evaluate, return the table; with files.out also save JSON."""
    protocol, files = options.protocol, options.files
    to_tune, scenes = split(evaluated_scenes(options.root), options.tune)
    asked = {scene.name: bags(scene) for scene in scenes}
    predictors = open_predictors(protocol, files.cache)
    ratios = choose_ratios(to_tune, scenes, predictors, protocol.size, options)
    rows: list[dict[str, Any]] = []
    for scene in scenes:
        for method in tqdm(predictors, desc=f'{scene.name}: COLMAP', unit='method', disable=None):
            views = take(scene, {method: predictors[method]}, protocol.size)[method]
            ratio = ratios[scene.name][method]
            matched = Matched(views, ratio, predictors[method])
            rows += [{'scene': scene.name, 'method': method, 'images': f'{size}', 'bag': bag,
                      'ratio': ratio, **score(matched, bag, options.colmap)}
                     for size, found in asked[scene.name].items() for bag in found]
    lines = summarise(rows)
    if files.out:
        save('multiview', options, predictors, {
            'solver': SOLVER, 'data': {'what': files.data, 'scenes': {
                name: {str(size): len(found) for size, found in sizes.items()}
                for name, sizes in asked.items()}, 'tuned_on': list(options.tune)},
            'lines': lines, **({} if files.brief else {'rows': rows})})
    return f'{table(lines)}\n{counts(predictors, files.cache)}'


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
