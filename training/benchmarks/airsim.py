# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Videos of AirSim: GoodPoint's Table 1 (arXiv 2006.01030, section 6.1).

Frame i of the first light is matched with frame i + 5 of the second, as in the authors' code (of
the same where there is one), and back. precision: of the nearest neighbours that are closer than
theta_desc, the share whose place is within 3 px of where depth and poses say; repeatability: of
the keypoints that the other view shows, the share with a keypoint within 3 px of that; coverage:
the share of pixels within 20 px of a right match. Each is the mean of both ways, then of all pairs
of a scene; harmonic is the harmonic mean of the three means. Keypoints without depth are not
judged; what the other view does not show is wrong. A roll turns the second view about its middle;
what comes into it from outside is not looked at. The paper's scenes with a roll are not these
turned, but made with it.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from residual_features_ros import Features
from residual_features_ros.datasets.layouts import open_scenes
from residual_features_ros.datasets.posed_images import PosedImage, Scene
from residual_features_ros.geometry.homography import inside, transform
from residual_features_ros.nearest import similarity_of
from training.benchmarks import metrics, rgbd
from training.benchmarks.cache import Predictor, counts, open_predictors
from training.benchmarks.coverage import coverage, harmonic_mean
from training.benchmarks.goodpoint_options import AirsimOptions
from training.benchmarks.metrics import CORRECT_PX
from training.benchmarks.reports.image_pairs import markdown_table
from training.benchmarks.results import save
from training.benchmarks.rotation import rotation
from training.data.rgbd_views import RgbdView, crop, read_rgbd

RADIUS_PX = 20
NUMBERS = ('precision', 'repeatability', 'coverage')
Pairs = list[tuple[PosedImage, PosedImage]]
Summary = dict[str, dict[str, dict[str, float]]]  # [method][scene][number]


def pair_up(scenes: Sequence[Scene], gap: int) -> dict[str, Pairs]:
    """Return the pairs of each village by its name: of its first light and each other one.

    Raises:
        ValueError: no two frames are `gap` frames apart.
    """
    lights: dict[Path, list[Scene]] = {}
    for scene in scenes:
        village = scene.folder.parents[1]  # of <light>/img
        lights.setdefault(village, []).append(scene)
    found = {}
    for village, there in lights.items():
        found[village.name] = [pair for other in there[1:] or there
                               for pair in frames(there[0], other, gap)]
        if not found[village.name]:
            raise ValueError(f'{village}: no two frames are {gap} frames apart')
    if len(found) < len(lights):
        raise ValueError(f'{len(lights)} scenes have {len(found)} names: rename those that are '
                         'named alike')
    return found


def frames(scene: Scene, other: Scene, gap: int) -> Iterator[tuple[PosedImage, PosedImage]]:
    """Yield each frame of a scene with the frame of the other that comes `gap` later."""
    later = dict(zip(other.numbers, other.images, strict=True))
    for number, image in zip(scene.numbers, scene.images, strict=True):
        if number + gap in later:
            yield image, later[number + gap]


def turned(view: RgbdView, roll_deg: float) -> tuple[RgbdView, np.ndarray]:
    """Return the view of a camera that rolls, and the 3x3 map of the view's pixels to its own."""
    turn = rotation(roll_deg, view.size)
    return (crop(view, turn, view.size) if roll_deg else view), turn


def filmed(features: Features, turn: np.ndarray) -> Features:
    """Return the features of a turned view that show what the view before the turn shows."""
    before = transform(features.keypoints, np.linalg.inv(turn))
    return features.take(inside(before, features.image_size))


def one_way(first: Features, second: Features, similarity: np.ndarray,
            views: tuple[RgbdView, RgbdView]) -> dict[str, float]:
    """Return the numbers of view 1's keypoints, of `similarity` (N, M) to those of view 2."""
    if not len(first) or not len(second):
        return dict.fromkeys(NUMBERS, 0.0)
    places, seen = rgbd.visible(first.keypoints, *views)
    near = similarity.max(1) > metrics.least_similarity(first.descriptors)
    judged = near & (views[0].depth_at(first.keypoints) > 0)
    away = np.linalg.norm(second.keypoints[similarity.argmax(1)] - places, axis=1)
    right = judged & seen & (away < CORRECT_PX)
    return {'precision': float(right.sum() / max(judged.sum(), 1)),
            'repeatability': rgbd.repeated(second.keypoints, places, seen, CORRECT_PX),
            'coverage': coverage(first.keypoints[right], views[0].size, RADIUS_PX)}


def score(first: Features, second: Features, views: tuple[RgbdView, RgbdView]) -> dict[str, float]:
    """Return the numbers of a pair, the means of both ways."""
    similarity = similarity_of(first.descriptors, second.descriptors)
    forth = one_way(first, second, similarity, views)
    back = one_way(second, first, similarity.T, views[::-1])
    return {name: (forth[name] + back[name]) / 2 for name in NUMBERS}


def evaluate(pairs: dict[str, Pairs], predictors: dict[str, Predictor], size: tuple[int, int],
             roll_deg: float) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of all pairs by method, at `size` (width, height)."""
    results: dict[str, list[dict[str, Any]]] = {method: [] for method in predictors}
    both = [(name, *pair) for name, there in pairs.items() for pair in there]
    for name, *images in tqdm(both, unit='pair'):
        first, second = (rgbd.resized(read_rgbd(image), size) for image in images)
        second, turn = turned(second, roll_deg)
        for method, predictor in predictors.items():
            found = filmed(predictor.extract(second.image), turn)
            results[method].append({
                'scene': name, 'first': images[0].name, 'second': images[1].name,
                **score(predictor.extract(first.image), found, (first, second))})
    return results


def summarise(results: dict[str, list[dict[str, Any]]]) -> Summary:
    """Return the means by method and scene, and the harmonic mean of these."""
    summary: Summary = {}
    for method, rows in results.items():
        summary[method] = {}
        for scene in dict.fromkeys(row['scene'] for row in rows):
            means = {name: float(np.mean([row[name] for row in rows if row['scene'] == scene]))
                     for name in NUMBERS}
            summary[method][scene] = {**means, 'harmonic': harmonic_mean(list(means.values()))}
    return summary


def table(summary: Summary) -> str:
    """Return the summary as a table in Markdown."""
    rows = [[method, scene, *(f'{numbers[name]:.3f}' for name in (*NUMBERS, 'harmonic'))]
            for method, scenes in summary.items() for scene, numbers in scenes.items()]
    return markdown_table(['method', 'scene', *NUMBERS, 'harmonic mean'], rows)


def main(options: AirsimOptions) -> str:
    """Evaluate, return the table; with files.out also save numbers and the table."""
    protocol, files = options.protocol, options.files
    pairs = pair_up(open_scenes(options.root, ('airsim',)), options.gap)
    predictors = open_predictors(protocol, files.cache)
    results = evaluate(pairs, predictors, protocol.size, options.roll_deg)
    summary = summarise(results)
    if files.out:
        save('airsim', options, predictors, {
            'data': {'what': files.data, 'pairs': {name: len(there)
                                                   for name, there in pairs.items()}},
            'summary': summary, **({} if files.brief else {'pairs': results})})
        files.out.with_suffix('.md').write_text(f'# {files.data}\n\n{table(summary)}\n',
                                                encoding='utf-8')
    return f'{table(summary)}\n{counts(predictors, files.cache)}'
