# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""HPatches: scenes of 1.* to 6.* and H_1_2 to H_1_6, through the runtime (paper's Table 1).

MS: nearest neighbours that are right, as KP2D counts them. recall: correct matches over those that
the keypoints allow. MMA@t: share of matches within t pixels; mma_score weighs t = 1 to 10
(PoSFeat). rep: repeatability. coverage: share of pixels near a correct match, the mean of both
views; harmonic: the harmonic mean of rep, MMA@3 and coverage (GoodPoint). cor@t: share of
homographies, ten for each pair, estimated from the keypoints of the shared view, that move the
corners by less than t pixels. All are means over image pairs; 'correct' is the sum over all pairs.
Correct, recall, MS and rep are at 3 pixels. Matches are mutual nearest neighbours. Scenes i_* are
illumination changes, v_* viewpoint changes. Images are resized, so that the LARGE scenes, which
others leave out, take part; with --native images keep their sizes.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from tqdm import tqdm

from residual_features_ros import Features, create_matcher
from residual_features_ros.datasets.image_files import ENDINGS, read_image
from residual_features_ros.geometry.homography import resize_map
from residual_features_ros.matcher import Matcher
from residual_features_ros.nearest import similarity_of
from training.benchmarks import metrics
from training.benchmarks.cache import Predictor, counts, open_predictors
from training.benchmarks.coverage import coverage, radius_px
from training.benchmarks.metrics import CORRECT_PX
from training.benchmarks.options import HpatchesOptions
from training.benchmarks.protocol import OWN_SIZES, size_words
from training.benchmarks.reports.image_pairs import Rows, markdown, plot, summarise, table
from training.benchmarks.results import save

NUMBERS = range(1, 7)
EXACT = create_matcher(matching_precision='fp32')
# Of more than 1600x1200 pixels: left out by D2-Net (README.md and download.sh of its repository's
# hpatches_sequences), and so by PoSFeat and others, who have 52 scenes of light and 56 of view.
LARGE = ('i_contruction', 'i_crownnight', 'i_dc', 'i_pencils', 'i_whitebuilding', 'v_artisans',
         'v_astronautis', 'v_talent')


@dataclass(frozen=True)
class Pair:
    """Two views of a scene, and the homography between them at the size that they are seen at."""

    scene: str
    number: int
    homography: np.ndarray


def list_scenes(root: Path, left_out: Sequence[str] = ()) -> list[Path]:
    """Return the scene folders below `root`: those named i_* or v_*, and those with homographies.

    left_out: the names of those that are not wanted.

    Raises ValueError where there are none, or names the first file that a scene lacks.
    """
    found = {path.parent for path in root.glob('*/H_1_*')}
    found |= {path for path in root.glob('[iv]_*') if path.is_dir()}
    found = {path for path in found if path.name not in left_out}
    if not found:
        raise ValueError(f'{root}: no scenes of HPatches layout (*/H_1_2)')
    for scene in sorted(found):
        for number in NUMBERS:
            image_path(scene, number)
            if number > 1 and not homography_path(scene, number).is_file():
                raise ValueError(f'{homography_path(scene, number)}: no such file, the scene is '
                                 'incomplete')
    return sorted(found)


def image_path(scene: Path, number: int) -> Path:
    """Return <scene>/<number>.*; ValueError where there is none."""
    found = sorted(path for path in scene.glob(f'{number}.*')
                   if path.suffix.lower() in ENDINGS)
    if not found:
        raise ValueError(f'{scene}: no image {number}.*, the scene is incomplete')
    return found[0]


def homography_path(scene: Path, number: int) -> Path:
    """Return the file of the homography from image 1 to image `number`."""
    return scene / f'H_1_{number}'


def read_homography(path: Path) -> np.ndarray:
    """Return the 3x3 matrix of a file; ValueError names one that holds something else."""
    try:
        homography = np.loadtxt(path)
    except ValueError as error:
        raise ValueError(f'{path}: not a 3x3 matrix ({error})') from error
    if homography.shape != (3, 3) or not np.isfinite(homography).all():
        raise ValueError(f'{path}: not a 3x3 matrix')
    return homography


def read_scene(scene: Path, size: tuple[int, int]) -> tuple[list[np.ndarray], list[Pair]]:
    """Return the scene's images and its pairs with homographies, at `size` or OWN_SIZES."""
    images = [read_image(image_path(scene, number)) for number in NUMBERS]
    maps = [np.eye(3)] * len(images)
    if size != OWN_SIZES:
        maps = [resize_map(image.shape[1::-1], size) for image in images]
        images = [cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in images]
    pairs = [Pair(scene.name, number, maps[number - 1]
                  @ read_homography(homography_path(scene, number)) @ np.linalg.inv(maps[0]))
             for number in NUMBERS[1:]]
    return images, pairs


def predict(root: Path, predictors: dict[str, Predictor], size: tuple[int, int],
            left_out: Sequence[str] = ()) -> Iterator[tuple[str, Pair, Features, Features]]:
    """Extract every image once per method and yield (method, pair, first, second)."""
    for scene in tqdm(list_scenes(root, left_out), unit='scene'):
        images, pairs = read_scene(scene, size)
        for method, predictor in predictors.items():
            features = [predictor.extract(image) for image in images]
            for pair in pairs:
                yield method, pair, features[0], features[pair.number - 1]


def matched(first: Features, second: Features,
            matcher: Matcher = EXACT) -> tuple[np.ndarray, np.ndarray]:
    """Return the places (M, 2), (M, 2) of matches, by default of mutual nearest neighbours."""
    indices = matcher.match(first, second).indices
    return first.keypoints[indices[:, 0]], second.keypoints[indices[:, 1]]


class Compared(NamedTuple):
    """Features that both images show, and the matches: where they start and end, and how far off.

    starts, ends: (M, 2) pixels of either image. errors: (M,) pixels.
    """

    shared: Features
    others: Features
    starts: np.ndarray
    ends: np.ndarray
    errors: np.ndarray


def compare(pair: Pair, first: Features, second: Features,
            matcher: Matcher = EXACT) -> Compared:
    """Match the features of a pair, and find those that both images show."""
    back = np.linalg.inv(pair.homography)
    starts, ends = matched(first, second, matcher)
    shared = metrics.covisible(first.keypoints, pair.homography, second.image_size)
    others = metrics.covisible(second.keypoints, back, first.image_size)
    return Compared(first.take(shared), second.take(others), starts, ends,
                    metrics.transfer_errors(starts, ends, pair.homography))


def score(pair: Pair, first: Features, second: Features, compared: Compared | None = None,
          matcher: Matcher = EXACT) -> dict[str, Any]:
    """Return the numbers of one pair; `compared` where compare has been called."""
    shared, others, starts, ends, errors = compared or compare(pair, first, second, matcher)
    size, second_size = first.image_size, second.image_size
    right = errors < CORRECT_PX
    correct, radius = int(right.sum()), radius_px(size)
    possible = metrics.possible_matches(shared.keypoints, others.keypoints, pair.homography,
                                        CORRECT_PX)
    accuracy = metrics.mma(errors)
    corners = metrics.corner_errors(*matched(shared, others, matcher), pair.homography, size)
    return {
        'scene': pair.scene, 'number': pair.number, 'keypoints': len(first),
        'matches': len(errors), 'correct': correct, 'recall': metrics.recall(correct, possible),
        'ms': metrics.matching_score(
            first.keypoints, second.keypoints,
            similarity_of(first.descriptors, second.descriptors), pair.homography, size,
            CORRECT_PX, second_size),
        'rep': metrics.repeatability(shared.keypoints, others.keypoints, pair.homography,
                                     CORRECT_PX),
        'coverage': (coverage(starts[right], size, radius)
                     + coverage(ends[right], second_size, radius)) / 2,
        'mma_score': metrics.mma_score(accuracy),
        **{f'mma@{t}': value for t, value in zip(metrics.MMA_PX, accuracy, strict=True)},
        **{f'cor@{t}': float(np.mean([error < t for error in corners])) for t in (1, 3, 5)},
    }


def evaluate(root: Path, predictors: dict[str, Predictor], size: tuple[int, int],
             numbers: Callable[..., dict[str, Any]] = score, min_confidence: float = 0.0,
             left_out: Sequence[str] = ()) -> dict[str, Rows]:
    """Return the rows of all pairs by method; `numbers` makes a row as score does.

    Raises:
        ConfigError: matches of a method have no confidence, and min_confidence asks for one.
    """
    results: dict[str, Rows] = {method: [] for method in predictors}
    matchers = {method: predictor.matcher(min_confidence=min_confidence)
                for method, predictor in predictors.items()}
    for method, pair, first, second in predict(root, predictors, size, left_out):
        results[method].append(numbers(pair, first, second, matcher=matchers[method]))
    return results


def main(options: HpatchesOptions) -> str:
    """Evaluate, return the table; with files.out also save JSON, Markdown and a plot."""
    protocol, files = options.protocol, options.files
    predictors = open_predictors(protocol, files.cache)
    results = evaluate(options.root, predictors, protocol.size,
                       min_confidence=options.min_confidence,
                       left_out=LARGE if options.leave_out_large else ())
    rows = next(iter(results.values()))
    summary = summarise(results)
    if files.out:
        scenes = sorted({row['scene'] for row in rows})
        save('hpatches', options, predictors, {
            'data': {'what': files.data, 'scenes': scenes, 'pairs': len(rows)},
            'summary': summary, **({} if files.brief else {'pairs': results})})
        title = (f'{files.data}: {len(scenes)} scenes, {len(rows)} pairs, '
                 f'{size_words(protocol.size)}, {protocol.max_keypoints} keypoints')
        files.out.with_suffix('.md').write_text(markdown(summary, title), encoding='utf-8')
        plot(summary, files.out.with_suffix('.png'))
    return f'{table(results)}\n{counts(predictors, files.cache)}'
