# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks with poses share: posed images with features, and their matches."""
from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from tqdm import tqdm

from residual_features_ros import Features, Matches
from residual_features_ros.datasets.posed_images import PosedImage, Scene
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.epipolar import epipolar_px, fundamental
from residual_features_ros.geometry.pose import relative_pose
from residual_features_ros.text_table import table as text_table
from training.benchmarks.cache import Predictor
from training.benchmarks.stored_features import StoredFeatures

MOST_KEPT = 5000  # pairs whose matches are kept: all of 100 images
AHEAD = 4  # pairs of a thread that are handed out at once
Tried = TypeVar('Tried')
Best = TypeVar('Best')


@dataclass(frozen=True)
class PosedFeatures:
    """A posed image and its features, in pixels of `camera`, shrunk or not.

    kept: the features, or where they are on disk.
    original: (width, height) of the file.
    """

    image: PosedImage
    camera: Camera
    kept: Features | StoredFeatures
    original: tuple[int, int]

    @property
    def features(self) -> Features:
        """Return the features, read where they are on disk; see StoredFeatures.read."""
        return self.kept.read() if isinstance(self.kept, StoredFeatures) else self.kept


def take(scene: Scene, predictors: dict[str, Predictor],
         most: tuple[int, int]) -> dict[str, list[PosedFeatures]]:
    """Return every image's features by method; images are shrunk into `most` (width, height).

    Those of a predictor with a folder stay on disk (StoredFeatures), the others in memory.
    """
    views: dict[str, list[PosedFeatures]] = {method: [] for method in predictors}
    for posed in tqdm(scene.images, desc=scene.name, unit='image', disable=None):
        image, camera, original = posed.read(most)
        for method, predictor in predictors.items():
            views[method].append(PosedFeatures(posed, camera, predictor.keep(image), original))
    return views


def choose_elsewhere(to_tune: Sequence[Scene], scenes: Sequence[Scene],
                     predictors: dict[str, Predictor], size: tuple[int, int],
                     try_all: Callable[[Scene, list[PosedFeatures], Predictor], Tried],
                     best: Callable[[list[Tried]], Best]) -> dict[str, dict[str, Best]]:
    """Return what is best for each scene and method, judged by the other scenes to tune on."""
    tried: dict[str, dict[str, Tried]] = {}
    for scene in to_tune:
        views = take(scene, predictors, size)
        tried[scene.name] = {method: try_all(scene, views[method], predictor)
                             for method, predictor in predictors.items()}
    return {scene.name: {method: best([found[method] for name, found in tried.items()
                                       if name != scene.name]) for method in predictors}
            for scene in scenes}


def split(scenes: Sequence[Scene], tuned: Sequence[str]) -> tuple[list[Scene], list[Scene]]:
    """Return scenes to tune on and scenes to evaluate; both are all of them for ('others',).

    Raises:
        ValueError: a scene to tune on that there is not, or none left to evaluate.
    """
    if tuple(tuned) == ('others',):
        if len(scenes) < 2:
            raise ValueError(f'--tune others: {scenes[0].name} is the only scene')
        return list(scenes), list(scenes)
    missing = set(tuned) - {scene.name for scene in scenes}
    if missing:
        raise ValueError(f'--tune {min(missing)}: no such scene, there are '
                         f'{", ".join(scene.name for scene in scenes)}')
    left = [scene for scene in scenes if scene.name not in tuned]
    if not left:
        raise ValueError('--tune names every scene, none is left to evaluate')
    return [scene for scene in scenes if scene.name in tuned], left


@dataclass(frozen=True)
class Matched:
    """The matches of the views of one scene by one method.

    A pair is computed once, as long as it is among the MOST_KEPT that were computed last.

    ratio: the largest of best to second best distance, 1 for off; a matcher that looks at more
        than distances takes none.
    predictor: of the method, whose matcher pairs the features.
    """

    views: Sequence[PosedFeatures]
    ratio: float
    predictor: Predictor
    kept: dict[tuple[int, int], Matches] = field(default_factory=dict)

    def pair(self, a: int, b: int) -> Matches:
        """Return the matches of view a in view b."""
        if (a, b) not in self.kept:
            self._keep((a, b), self._match((a, b)))
        return self.kept[a, b]

    def places(self, a: int, b: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the matched pixels (M, 2) of either view."""
        indices = self.pair(a, b).indices
        return (self.views[a].features.keypoints[indices[:, 0]],
                self.views[b].features.keypoints[indices[:, 1]])

    def of(self, pairs: Iterable[tuple[int, int]],
           threads: int = 1) -> Iterator[tuple[int, int, np.ndarray]]:
        """Yield (a, b, indices (M, 2)) of the pairs that have matches, in their order.

        Each thread holds the (N, M) similarities of a pair, twice: 3 GB of 20,000 keypoints.
        """
        waiting = iter(pairs)
        with ThreadPoolExecutor(threads) as pool:
            while some := list(itertools.islice(waiting, AHEAD * threads)):
                found = (pool.map if threads > 1 else map)(self._match, some)
                for (a, b), matches in zip(some, found, strict=True):
                    self._keep((a, b), matches)
                    if len(matches):
                        yield a, b, matches.indices

    def _match(self, pair: tuple[int, int]) -> Matches:
        if pair in self.kept:
            return self.kept[pair]
        first, second = (self.views[k].features for k in pair)
        matcher = self.predictor.matcher(ratio=self.ratio if self.ratio < 1 else 0.0)
        return matcher.match(first, second)

    def _keep(self, pair: tuple[int, int], matches: Matches) -> None:
        self.kept[pair] = matches
        if len(self.kept) > MOST_KEPT:
            del self.kept[next(iter(self.kept))]


def line_errors_px(first: PosedFeatures, second: PosedFeatures,
                   indices: np.ndarray) -> np.ndarray:
    """Return how far (M,) matches (M, 2) are from the true epipolar lines, lenses undone."""
    matrix = fundamental(first.camera.K, second.camera.K,
                         *relative_pose(first.image, second.image))
    starts, ends = (view.camera.undistort(view.features.keypoints[indices[:, k]])
                    for k, view in enumerate((first, second)))
    return epipolar_px(starts, ends, matrix)


def means(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return the mean of each number over rows; words, and what is None, are left out."""
    names = dict.fromkeys(name for row in rows for name, value in row.items()
                          if isinstance(value, int | float))
    found = {name: [row[name] for row in rows if row.get(name) is not None] for name in names}
    return {name: float(np.mean(values)) for name, values in found.items()}


def digits(value: float | None) -> str:
    """Return a number as the tables show it: four digits that count, '-' for none."""
    if value is None or not np.isfinite(value):
        return '-'
    return f'{value:.0f}' if abs(value) >= 100 else f'{value:.3g}' if abs(value) >= 10 \
        else f'{value:.3f}'


def table(lines: Sequence[dict[str, Any]]) -> str:
    """Return rows of equal names as text."""
    rows = [[value if isinstance(value, str) else digits(value) for value in line.values()]
            for line in lines]
    return text_table(list(lines[0]), rows)
