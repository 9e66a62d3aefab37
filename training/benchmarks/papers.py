# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""All methods in all metrics of the papers, in one run: hpatches at two sizes, and rgbd.

Sizes and keypoints are the Residual paper's (section 4.2) and LF-Net's (section 4.2). GoodPoint's
metrics are at 3 and 5 px and at both of its radii of coverage: 'coverage@3/25' is what matches
within 3 px cover when each covers 25 px, 'harmonic@3/25' the harmonic mean of rep@3, mma@3 and
that, 'accuracy@3' its own accuracy, and 'harmonic of six@3/25' its own harmonic mean, of rep@3,
accuracy@3 and coverage@3/25 under light and under view each, where both splits are there. cost:
keypoints, the mean of all images, and milliseconds, the median of those that were not read from
the cache, beside whatever else the machine does.
"""
from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros import Features
from residual_features_ros.datasets.posed_images import PosedImage
from residual_features_ros.matcher import Matcher
from residual_features_ros.nearest import similarity_of
from training.benchmarks import hpatches, metrics, rgbd
from training.benchmarks.cache import Predictor, open_predictors
from training.benchmarks.coverage import RADII_PX, coverage, harmonic_mean
from training.benchmarks.options import PapersOptions
from training.benchmarks.protocol import Protocol
from training.benchmarks.reports.image_pairs import SPLITS, summarise
from training.benchmarks.reports.papers import tables
from training.benchmarks.results import save

SIZES = (((640, 480), 1000), ((320, 240), 300))
OF_VIDEOS = ((320, 240), 512)
CORRECT_PX = (3, 5)
KEPT = ('cor@1', 'cor@3', 'cor@5', 'ms', 'recall', 'mma@1', 'mma@3', 'mma@5', 'mma@10',
        'mma_score')
DIGITS = 5
Part = dict[str, Any]


def score(pair: hpatches.Pair, first: Features, second: Features,
          matcher: Matcher = hpatches.EXACT) -> dict[str, Any]:
    """Return the numbers of hpatches.score, and GoodPoint's at each threshold and radius."""
    compared = hpatches.compare(pair, first, second, matcher)
    shared, others, starts, ends, errors = compared
    numbers = hpatches.score(pair, first, second, compared, matcher)
    accuracies = metrics.nearest_accuracy(
        first.keypoints, second.keypoints, similarity_of(first.descriptors, second.descriptors),
        pair.homography, CORRECT_PX, metrics.least_similarity(first.descriptors))
    for limit, accuracy in zip(CORRECT_PX, accuracies, strict=True):
        numbers[f'accuracy@{limit}'] = accuracy
        numbers[f'rep@{limit}'] = metrics.repeatability(
            shared.keypoints, others.keypoints, pair.homography, limit)
        for radius in RADII_PX:
            numbers[f'coverage@{limit}/{radius}'] = float(np.mean([
                coverage(points[errors < limit], view.image_size, radius)
                for points, view in ((starts, first), (ends, second))]))
    return numbers


def with_harmonic_means(means: Mapping[str, float]) -> dict[str, float]:
    """Return the numbers of the table: of the means over pairs, and the harmonic means of them."""
    numbers = {name: means[name] for name in KEPT}
    for limit in CORRECT_PX:
        for name in (f'rep@{limit}', f'accuracy@{limit}'):
            numbers[name] = means[name]
        for radius in RADII_PX:
            covered = means[f'coverage@{limit}/{radius}']
            numbers[f'coverage@{limit}/{radius}'] = covered
            numbers[f'harmonic@{limit}/{radius}'] = harmonic_mean(
                [means[f'rep@{limit}'], means[f'mma@{limit}'], covered])
    return rounded(numbers)


def with_harmonic_of_six(parts: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Return the numbers of each group, and for all pairs GoodPoint's harmonic mean (Table 2)."""
    found = {name: dict(numbers) for name, numbers in parts.items()}
    if not set(SPLITS.values()) <= set(parts):
        return found
    for limit in CORRECT_PX:
        for radius in RADII_PX:
            found['all'][f'harmonic of six@{limit}/{radius}'] = round(harmonic_mean(
                [parts[split][name] for split in SPLITS.values() for name in (
                    f'rep@{limit}', f'accuracy@{limit}', f'coverage@{limit}/{radius}')]), DIGITS)
    return found


def rounded(numbers: Mapping[str, float]) -> dict[str, float]:
    """Return numbers as they are saved."""
    return {name: round(value, DIGITS) for name, value in numbers.items()}


def cost(predictors: Mapping[str, Predictor]) -> dict[str, dict[str, float | None]]:
    """Return keypoints and milliseconds of an image by method; None where none was extracted."""
    return {method: {
        'keypoints': round(statistics.mean(predictor.keypoints), 1),
        'milliseconds': round(1000 * statistics.median(predictor.seconds), 2)
        if predictor.seconds else None}
        for method, predictor in predictors.items()}


def of_homographies(root: Path, protocol: Protocol,
                    cache: Path | None) -> tuple[dict[str, Predictor], Part, dict[str, Any]]:
    """Return the extractors, the part of the result, and what the scenes are."""
    predictors = open_predictors(protocol, cache)
    results = hpatches.evaluate(root, predictors, protocol.size, score)
    rows = next(iter(results.values()))
    groups = ('all', *SPLITS.values())
    summary = {method: with_harmonic_of_six({name: with_harmonic_means(parts[name])
                                             for name in groups if name in parts})
               for method, parts in summarise(results).items()}
    part = {'benchmark': 'hpatches', 'size': protocol.size, 'keypoints': protocol.max_keypoints,
            'summary': summary, 'cost': cost(predictors)}
    return predictors, part, {'scenes': sorted({row['scene'] for row in rows}),
                              'pairs': len(rows)}


def of_videos(found: list[list[PosedImage]], protocol: Protocol, cache: Path | None) -> Part:
    """Return the part of the result on RGB-D videos."""
    predictors = open_predictors(protocol, cache)
    results = rgbd.evaluate(found, predictors, protocol.size)
    summary = {method: {gap: rounded(numbers) for gap, numbers in parts.items()}
               for method, parts in rgbd.summarise(results).items()}
    return {'benchmark': 'rgbd', 'size': protocol.size, 'keypoints': protocol.max_keypoints,
            'summary': summary, 'cost': cost(predictors)}


def main(options: PapersOptions) -> str:
    """Evaluate, return the tables; with files.out also save numbers and the tables.

    Raises:
        ValueError: data are missing.
    """
    protocol, files = options.protocol, options.files
    # Videos that are missing are told of at once.
    found = rgbd.videos(options.videos, options.layout) if options.videos else []
    parts = []
    for size, keypoints in SIZES:
        own = dataclasses.replace(protocol, size=size, max_keypoints=keypoints)
        predictors, part, data = of_homographies(options.root, own, files.cache)
        parts.append(part)
    if found:
        size, keypoints = OF_VIDEOS
        own = dataclasses.replace(protocol, size=size, max_keypoints=keypoints)
        parts.append(of_videos(found, own, files.cache))
        data |= {'videos': len(found), 'frames': sum(map(len, found))}
    result = {'data': {'what': files.data, **data}, 'parts': parts}
    text = '\n\n'.join(tables(result))
    if files.out:
        words = ' '.join(['python -m training evaluate papers --root DIR', *options.words()])
        save('papers', options, predictors, {
            'command': f'{words} {protocol.words()}',
            'protocol': {'methods': protocol.methods, 'backend': protocol.backend,
                         'settings': protocol.settings, 'weights': protocol.hidden_weights()},
            **result})
        files.out.with_suffix('.md').write_text(f'# {files.data}\n\n{text}\n', encoding='utf-8')
    return text
