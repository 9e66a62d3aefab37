# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Retinal images: GoodPoint's Tables 3 and 4 (arXiv 2006.01030, section 6.3) on FIRE.

The homography of a pair is that of its control points. accuracy: of the nearest neighbours that
are closer than theta_desc, the share that is right, the mean of both ways
(metrics.nearest_accuracy); replication: metrics.repeatability; coverage: the share of the retina
within 25 px of a right mutual match, the mean of both views. Each is the mean of all pairs,
harmonic the harmonic mean of the three means. Size, threshold and mask are those of the authors'
code, since the paper gives none; the code's accuracy is of mutual neighbours, its coverage of the
first view.
"""
from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from residual_features_ros import Features
from residual_features_ros.datasets import fire
from residual_features_ros.datasets.image_files import read_image
from residual_features_ros.geometry.homography import resize_map
from residual_features_ros.nearest import similarity_of
from training.benchmarks import metrics
from training.benchmarks.cache import Predictor, counts, open_predictors
from training.benchmarks.coverage import coverage, harmonic_mean
from training.benchmarks.goodpoint_options import FireOptions
from training.benchmarks.hpatches import Pair, compare
from training.benchmarks.reports.image_pairs import markdown_table
from training.benchmarks.results import save

RADIUS_PX = 25
NUMBERS = ('accuracy', 'coverage', 'replication')
Rows = list[dict[str, Any]]


def on_retina(features: Features, mask: np.ndarray | None) -> Features:
    """Return the features whose next pixel is on the mask (H, W) bool, all without one."""
    if mask is None:
        return features
    x, y = np.rint(features.keypoints).astype(int).T
    return features.take(mask[y.clip(0, mask.shape[0] - 1), x.clip(0, mask.shape[1] - 1)])


def score(homography: np.ndarray, first: Features, second: Features, threshold_px: float,
          mask: np.ndarray | None) -> dict[str, float]:
    """Return the numbers of a pair.

    Args:
        homography: from the first view to the second.
        first: features of the first view, on the retina.
        second: those of the second.
        threshold_px: how near is right.
        mask: (H, W) bool, where the retina is shown; None for everywhere.
    """
    compared = compare(Pair('', 0, homography), first, second)
    right = compared.errors < threshold_px
    accuracy, = metrics.nearest_accuracy(
        first.keypoints, second.keypoints, similarity_of(first.descriptors, second.descriptors),
        homography, [threshold_px], metrics.least_similarity(first.descriptors))
    return {
        'accuracy': accuracy,
        'coverage': float(np.mean([
            coverage(points[right], view.image_size, RADIUS_PX, mask)
            for points, view in ((compared.starts, first), (compared.ends, second))])),
        'replication': metrics.repeatability(
            compared.shared.keypoints, compared.others.keypoints, homography, threshold_px)}


def evaluate(root: Path, predictors: dict[str, Predictor], size: tuple[int, int],
             threshold_px: float) -> dict[str, Rows]:
    """Return the rows of all pairs by method, at `size` (width, height)."""
    mask = fire.read_mask(root)
    small = None if mask is None else cv2.resize(mask.astype(np.uint8), size,
                                                 interpolation=cv2.INTER_NEAREST) > 0
    results: dict[str, Rows] = {method: [] for method in predictors}
    for pair in tqdm(fire.read(root), unit='pair'):
        images = [read_image(path) for path in (pair.first, pair.second)]
        to_first, to_second = (resize_map(image.shape[1::-1], size) for image in images)
        homography = to_second @ pair.homography() @ np.linalg.inv(to_first)
        views = [cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in images]
        for method, predictor in predictors.items():
            first, second = (on_retina(predictor.extract(view), small) for view in views)
            results[method].append({'pair': pair.name, **score(homography, first, second,
                                                               threshold_px, small)})
    return results


def summarise(results: dict[str, Rows]) -> dict[str, dict[str, float]]:
    """Return the means over pairs by method, and the harmonic mean of these."""
    summary = {}
    for method, rows in results.items():
        means = {name: float(np.mean([row[name] for row in rows])) for name in NUMBERS}
        summary[method] = {**means, 'harmonic': harmonic_mean(list(means.values()))}
    return summary


def table(summary: dict[str, dict[str, float]]) -> str:
    """Return the summary as a table in Markdown."""
    return markdown_table(['method', *NUMBERS, 'harmonic mean'], [
        [method, *(f'{numbers[name]:.3f}' for name in (*NUMBERS, 'harmonic'))]
        for method, numbers in summary.items()])


def main(options: FireOptions) -> str:
    """Evaluate, return the table; with files.out also save numbers and the table."""
    protocol, files = options.protocol, options.files
    predictors = open_predictors(protocol, files.cache)
    results = evaluate(options.root, predictors, protocol.size, options.threshold_px)
    summary = summarise(results)
    if files.out:
        save('fire', options, predictors, {
            'data': {'what': files.data, 'pairs': len(next(iter(results.values())))},
            'summary': summary, **({} if files.brief else {'pairs': results})})
        files.out.with_suffix('.md').write_text(f'# {files.data}\n\n{table(summary)}\n',
                                                encoding='utf-8')
    return f'{table(summary)}\n{counts(predictors, files.cache)}'
