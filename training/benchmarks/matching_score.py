# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Matching score by known geometry on pairs of posed photographs: LF-Net's outdoor test.

Section 4.2 of arXiv 1805.09662: photographs whose longest side is 640 px, 1024 keypoints, the
pairs of each scene. ms, rep and recall are those of rgbd.py at 5 px, of pairs whose photographs
both have depth; of these pairs such as rgbd.py leaves out are left out, and `seen` is how many
keypoints count. line: of all keypoints of the first photograph, the share whose nearest neighbour
lies within 5 px of the true epipolar line, which poses alone can tell: wrong ones are among them
where they lie on the line by chance. Means over the pairs of a scene, and over the scenes.
"""
from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from residual_features_ros.datasets.posed_images import PosedImage, Scene
from residual_features_ros.nearest import similarity_of
from training.benchmarks import rgbd
from training.benchmarks.cache import Predictor, counts, open_predictors
from training.benchmarks.matching_score_options import MatchingScoreOptions
from training.benchmarks.posed_features import (
    PosedFeatures,
    line_errors_px,
    means,
    table,
    take,
)
from training.benchmarks.results import save
from training.benchmarks.scenes import asked_pairs, evaluated_scenes
from training.data.rgbd_views import RgbdView

NUMBERS = ('keypoints', 'seen', 'ms', 'rep', 'recall', 'line')
VIEWS_HELD = 16  # photographs with depth, of 2 MB each
MEAN = 'mean'
Row = dict[str, Any]


def rgbd_view(posed: PosedImage, most: tuple[int, int]) -> RgbdView | None:
    """Return a photograph and its depth shrunk to fit into `most`; None without depth."""
    if posed.depth is None:
        return None
    image, camera, _ = posed.read(most)
    depth = cv2.resize(posed.depth.read(), camera.size, interpolation=cv2.INTER_NEAREST)
    return RgbdView(image, depth, camera.K, posed.R, posed.t)


def share_on_lines(first: PosedFeatures, second: PosedFeatures) -> float:
    """Return the share of view 1's keypoints whose nearest neighbour lies on its line."""
    if not len(first.features) or not len(second.features):
        return 0.0
    chosen = similarity_of(first.features.descriptors, second.features.descriptors).argmax(1)
    indices = np.stack([np.arange(len(chosen)), chosen], 1)
    return float((line_errors_px(first, second, indices) <= rgbd.CORRECT_PX).mean())


def score(first: PosedFeatures, second: PosedFeatures, seen_first: RgbdView | None,
          seen_second: RgbdView | None) -> Row | None:
    """Return the numbers of a pair, None for one that shows too little of the same.

    Without the depth of both ms, rep, recall and seen are None.
    """
    row: Row = {'keypoints': len(first.features), 'line': share_on_lines(first, second)}
    if seen_first is None or seen_second is None:
        return {**dict.fromkeys(NUMBERS), **row}
    views = seen_first, seen_second
    if rgbd.overlap(*views) < rgbd.LEAST_OVERLAP:
        return None
    return {**row, **rgbd.score(first.features, second.features, views)}


def evaluate(scene: Scene, pairs: Sequence[tuple[int, int]], predictor: Predictor,
             most: tuple[int, int]) -> list[Row]:
    """Return the rows of a scene's pairs by one method.

    Raises:
        ValueError: no pair shows enough of the same.
    """
    views, = take(scene, {'': predictor}, most).values()
    seen = functools.lru_cache(VIEWS_HELD)(lambda k: rgbd_view(scene.images[k], most))
    rows = [{'first': scene.images[a].name, 'second': scene.images[b].name, **found}
            for a, b in tqdm(pairs, desc=f'{scene.name}: pairs', disable=None, leave=False)
            if (found := score(views[a], views[b], seen(a), seen(b)))]
    if not rows:
        raise ValueError(f'{scene.folder}: by its depth maps none of {len(pairs)} pairs shows '
                         f'{rgbd.LEAST_OVERLAP:.0%} of the same')
    return rows


def summarise(results: Mapping[str, Mapping[str, Sequence[Row]]]) -> list[Row]:
    """Return the means of each scene and method, and those over the scenes where they are several.

    results: rows by scene and method.
    """
    lines = [{'scene': scene, 'method': method, 'pairs': len(rows), **numbers(rows)}
             for scene, methods in results.items() for method, rows in methods.items()]
    if len(results) < 2:
        return lines
    for method in next(iter(results.values())):
        of_method = [line for line in lines if line['method'] == method]
        lines.append({'scene': MEAN, 'method': method,
                      'pairs': sum(line['pairs'] for line in of_method), **numbers(of_method)})
    return lines


def numbers(rows: Sequence[Row]) -> Row:
    """Return the mean of each of NUMBERS, None where no row has it."""
    found = means(rows)
    return {name: found.get(name) for name in NUMBERS}


def main(options: MatchingScoreOptions) -> str:
    """Evaluate, return the table; with files.out also save JSON."""
    protocol, files = options.protocol, options.files
    scenes = evaluated_scenes(options.root)
    predictors = open_predictors(protocol, files.cache)
    results = {scene.name: {
        method: evaluate(scene, asked_pairs(scene, options.pairs).tolist(), predictor,
                         protocol.size) for method, predictor in predictors.items()}
        for scene in scenes}
    lines = summarise(results)
    if files.out:
        save('matching_score', options, predictors, {
            'data': {'what': files.data, 'scenes': {
                scene.name: len(scene.images) for scene in scenes}},
            'correct_px': rgbd.CORRECT_PX, 'lines': lines,
            **({} if files.brief else {'rows': results})})
    return f'{table(lines)}\n{counts(predictors, files.cache)}'
