# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Reconstruction: COLMAP on all photographs of a scene, as in ETH's local feature benchmark.

Schoenberger et al. 2017, section 4: images registered, sparse points, observations, mean track
length, mean reprojection error. Every two images are matched, of a video those of SEQUENTIAL
frames between them, or with --pairs retrieval:K each with the K that look most alike; COLMAP
verifies. position and rotation: the cameras' mean errors to the true ones, after aligning the
places; in the unit of the scene and degrees. Dense points, which the benchmark also has, need CUDA
and are not computed. Means over COLMAP's runs, whose seeds are 0, 1, ...; one without a model has
0 images and points, and no tracks, pixels or poses, which are means of the models that there are.
With --tune the ratio of each method is the one of the best mAA@10 on bags of the scenes named, or
of the others (bags.py).

Scenes need no poses, as ETH's have none: photographs with COLMAP's database of their cameras, or
alone, with cameras that are guessed. COLMAP then refines the cameras, and position and rotation
are empty.

Scenes of more than a thousand images take --pairs retrieval:K, --runs 1, --threads N and --cache,
which leaves features on disk: in memory are then the keypoints and matches that COLMAP reads.
"""
from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pycolmap
from tqdm import tqdm

from residual_features_ros.datasets.posed_images import Scene
from residual_features_ros.outputs import refuse_existing
from training.benchmarks.bags import choose_ratios
from training.benchmarks.cache import counts, open_predictors
from training.benchmarks.mapping import (
    SOLVER,
    keep_model,
    numbers_of,
    pose_errors,
    poses,
    reconstruct,
)
from training.benchmarks.posed_features import Matched, means, split, table, take
from training.benchmarks.posed_options import ReconstructionOptions
from training.benchmarks.results import save
from training.benchmarks.retrieval import bags_of, pairs_of_alike
from training.benchmarks.scenes import evaluated_scenes, is_posed

SEQUENTIAL = (*range(1, 9), 16, 32)


def matched_pairs(scene: Scene, retrieved: int = 0,
                  cache: Path | None = None) -> list[tuple[int, int]]:
    """Return the pairs that are matched; the true poses have no say in it.

    retrieved: each image with so many that look alike, 0 for all pairs.
    cache: see retrieval.bags_of.
    """
    if retrieved:
        return pairs_of_alike(bags_of(scene, cache), retrieved)
    return [(a, b) for a, b in itertools.combinations(range(len(scene.images)), 2)
            if not scene.numbers or b - a in SEQUENTIAL]


def score(matched: Matched, scene: Scene, models: Sequence[pycolmap.Reconstruction | None],
          ) -> list[dict[str, Any]]:
    """Return the numbers of a scene's models, a row for each."""
    return [{**numbers_of(model, len(scene.images)), **pose_errors(poses(model), matched.views)}
            for model in models]


def refuse_unposed(to_tune: Sequence[Scene]) -> None:
    """Raise a ValueError for a scene to tune on whose poses nobody knows."""
    for scene in to_tune:
        if not is_posed(scene):
            raise ValueError(f'--tune: {scene.name} has no poses to judge a ratio by; give one '
                             'with --ratio, or tune on scenes that have poses')


def main(options: ReconstructionOptions) -> str:
    """Evaluate, return the table; with files.out also save JSON."""
    protocol, files = options.protocol, options.files
    to_tune, scenes = split(evaluated_scenes(options.root, unposed=True), options.tune)
    refuse_unposed(to_tune)
    if options.models:
        refuse_existing((options.models / scene.name / method for scene in scenes
                         for method in protocol.methods), '--models')
    predictors = open_predictors(protocol, files.cache)
    ratios = choose_ratios(to_tune, scenes, predictors, protocol.size, options)
    seeds = range(options.runs)
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for scene in scenes:
        pairs = matched_pairs(scene, options.retrieved, files.cache)
        for method in tqdm(predictors, desc=f'{scene.name}: COLMAP', unit='method', disable=None):
            views = take(scene, {method: predictors[method]}, protocol.size)[method]
            matched = Matched(views, ratios[scene.name][method], predictors[method])
            models = reconstruct(matched, range(len(scene.images)), pairs, seeds, options.colmap)
            keep_model(models[0], options.models, scene.name, method)
            rows.setdefault(scene.name, {})[method] = score(matched, scene, models)
    names = next(iter(next(iter(rows.values())).values()))[0]
    lines: list[dict[str, Any]] = [
        {'scene': scene, 'method': method, 'ratio': ratios[scene][method],
         **{name: mean.get(name) for name in names}}
        for scene, methods in rows.items() for method, found in methods.items()
        for mean in [means(found)]]
    if files.out:
        save('reconstruction', options, predictors, {
            'solver': SOLVER, 'data': {'what': files.data,
                     'scenes': {scene.name: len(scene.images) for scene in scenes},
                     'without_poses': [each.name for each in scenes if not is_posed(each)],
                     'tuned_on': list(options.tune)},
            'seeds': [*seeds], 'lines': lines,
            **({} if files.brief else {'rows': rows})})
    return f'{table(lines)}\n{counts(predictors, files.cache)}'
