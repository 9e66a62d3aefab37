# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""In-plane rotation: recall against the angle, on photographs turned about their centre.

The second view is the same photograph under a rotation and a random photometric change, so the
curve shows what rotation alone costs. Both views are cut to the disc that every angle keeps.
"""
from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from residual_features_ros import Features
from residual_features_ros.matcher import Matcher
from training.benchmarks import metrics
from training.benchmarks.cache import Predictor, counts, open_predictors
from training.benchmarks.hpatches import EXACT
from training.benchmarks.metrics import CORRECT_PX
from training.benchmarks.options import RotationOptions
from training.benchmarks.results import save
from training.config import PhotometricConfig
from training.data.photometric import distort
from training.data.sources.images import open_folder

ANGLES_DEG = tuple(range(0, 181, 15))
SEED = 30_000
# Milder than in training: the curve is about rotation.
PHOTOMETRIC = PhotometricConfig(brightness=20, contrast=0.2, saturation=0.2, hue_deg=5, noise=4,
                                gamma=1.3, blur_share=0, motion_share=0)


def rotation(angle_deg: float, size: tuple[int, int]) -> np.ndarray:
    """Return the 3x3 map that turns an image of `size` (width, height) about its centre."""
    centre = (np.array(size) - 1) / 2
    top = cv2.getRotationMatrix2D(centre.tolist(), angle_deg, 1.0)
    return np.vstack([top, [0, 0, 1]])


def in_disc(features: Features) -> Features:
    """Return the features inside the largest disc, less the border that descriptors reach over."""
    size = np.array(features.image_size)
    apart = np.linalg.norm(features.keypoints - (size - 1) / 2, axis=1)
    return features.take(apart < size.min() / 2 - 16)


def recall(first: Features, second: Features, homography: np.ndarray,
           matcher: Matcher = EXACT) -> float:
    """Return correct matches over those that the keypoints allow, both in the disc."""
    first, second = in_disc(first), in_disc(second)
    indices = matcher.match(first, second).indices
    errors = metrics.transfer_errors(first.keypoints[indices[:, 0]],
                                     second.keypoints[indices[:, 1]], homography)
    possible = metrics.possible_matches(first.keypoints, second.keypoints, homography, CORRECT_PX)
    return metrics.recall(int((errors < CORRECT_PX).sum()), possible)


def evaluate(images: Sequence[np.ndarray], predictors: dict[str, Predictor],
             size: tuple[int, int]) -> dict[str, list[float]]:
    """Return mean recall at each angle by method, on images of `size` (width, height)."""
    still = {method: [predictor.extract(image) for image in images]
             for method, predictor in predictors.items()}
    curves: dict[str, list[float]] = {method: [] for method in predictors}
    matchers = {method: predictor.matcher() for method, predictor in predictors.items()}
    for angle in tqdm(ANGLES_DEG, unit='angle'):
        found: dict[str, list[float]] = {method: [] for method in predictors}
        homography = rotation(angle, size)
        for number, image in enumerate(images):
            rng = np.random.default_rng([SEED, number])
            turned = cv2.warpPerspective(distort(rng, image, PHOTOMETRIC), homography, size,
                                         borderMode=cv2.BORDER_REFLECT_101)
            for method, predictor in predictors.items():
                found[method].append(recall(still[method][number], predictor.extract(turned),
                                            homography, matchers[method]))
        for method, values in found.items():
            curves[method].append(float(np.mean(values)))
    return curves


def table(curves: dict[str, list[float]]) -> str:
    """Return the curves as text, and the least ratio of each to the first method's."""
    lines = [f'{"recall at degrees":32}' + ''.join(f'{a:7}' for a in ANGLES_DEG) + '  least x']
    reference = np.array(next(iter(curves.values())))
    for method, curve in curves.items():
        least = float((np.array(curve) / np.maximum(reference, 1e-9)).min())
        lines.append(f'{method:32}' + ''.join(f'{v:7.3f}' for v in curve) + f'{least:9.3f}')
    return '\n'.join(lines)


def plot(curves: dict[str, list[float]], path: Path) -> None:
    """Draw the curves as a picture."""
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(7, 4), layout='constrained')
    for method, curve in curves.items():
        axes.plot(ANGLES_DEG, curve, marker='o', markersize=3, label=method)
    axes.set(xlabel='in-plane rotation (degrees)', ylabel='recall at 3 px', ylim=(0, 1),
             xticks=ANGLES_DEG[::2])
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def main(options: RotationOptions) -> str:
    """Evaluate, return the table; with files.out also save numbers and plot."""
    protocol, files = options.protocol, options.files
    source = open_folder(options.root)
    images = [cv2.resize(source.read(name), protocol.size, interpolation=cv2.INTER_AREA)
              for name in source.names]
    predictors = open_predictors(protocol, files.cache)
    curves = evaluate(images, predictors, protocol.size)
    if files.out:
        save('rotation', options, predictors, {
            'data': {'what': files.data, 'images': len(images)}, 'angles_deg': ANGLES_DEG,
            'recall': curves, 'photometric': dataclasses.asdict(PHOTOMETRIC)})
        plot(curves, files.out.with_suffix('.png'))
    return f'{table(curves)}\n{counts(predictors, files.cache)}'
