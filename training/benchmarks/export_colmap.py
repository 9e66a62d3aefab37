# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Features and matches of a posed scene as files that COLMAP and hloc go on with."""
from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np

from residual_features_ros.datasets.layouts import open_scenes
from residual_features_ros.datasets.posed_images import Scene
from training.benchmarks.cache import Predictor, open_predictors
from training.benchmarks.colmap_files import HLOC_FILES, write_database, write_hloc
from training.benchmarks.posed_features import Matched, PosedFeatures, take
from training.benchmarks.protocol import Protocol


def main(root: Path, protocol: Protocol, ratio: float, database: Path | None,
         hloc: Path | None) -> str:
    """Write all pairs of a scene by one method, in pixels of the files on disk; say what.

    Raises:
        ValueError: not one scene and one method, nowhere to write, or files that are there.
    """
    if database is None and hloc is None:
        raise ValueError('nowhere to write: --database FILE, --hloc DIR or both')
    scenes = open_scenes(root)
    if len(scenes) > 1:
        raise ValueError(f'{root}: {len(scenes)} scenes, one at a time: '
                         f'{", ".join(scene.name for scene in scenes)}')
    if len(protocol.methods) > 1:
        raise ValueError('--methods: one at a time goes into a database')
    for path in [database, *([hloc / name for name in HLOC_FILES] if hloc else [])]:
        if path and path.exists():
            raise ValueError(f'{path}: there is a file already')
    predictors = open_predictors(protocol, None)
    views = full_size(scenes[0], predictors, protocol.size)
    matched = Matched(views, ratio, predictors[protocol.methods[0]])
    pairs = list(itertools.combinations(range(len(views)), 2))
    if database:
        write_database(database, views, matched.of(pairs))
    if hloc:
        write_hloc(hloc, views, ((a, b, matched.pair(a, b)) for a, b in pairs))
    return f'{len(views)} images by {protocol.methods[0]}: ' + ', '.join(
        str(path) for path in (database, hloc) if path)


def full_size(scene: Scene, predictors: dict[str, Predictor],
              size: tuple[int, int]) -> list[PosedFeatures]:
    """Return the views of a scene by the one method, keypoints in pixels of the files."""
    views, = take(scene, predictors, size).values()
    return [enlarged(view, view.original) for view in views]


def enlarged(view: PosedFeatures, size: tuple[int, int]) -> PosedFeatures:
    """Return a view as of the image resized to `size`: camera, keypoints and their diameters."""
    features = view.features
    factor = np.array(size) / np.array(view.camera.size)
    return replace(view, camera=view.camera.resized(size), kept=replace(
        features, keypoints=((features.keypoints + 0.5) * factor - 0.5).astype(np.float32),
        sizes=(features.sizes * factor.mean()).astype(np.float32), image_size=size))
