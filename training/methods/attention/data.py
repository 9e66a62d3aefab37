# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs of sets of features: of two views, with the places of each one's keypoints in the other.

Features are computed once and kept in data.cache; which of them take part in a step is drawn anew
every time.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from residual_features_ros import Features, create_extractor, create_matcher
from residual_features_ros.attention import HOPEFUL, MOST_SEEDS, frames, seeding
from residual_features_ros.nearest import similarity_of
from training.data.cached import Samples
from training.data.correspondence import pad
from training.data.pairs.homography_views import cut_views, draw_maps
from training.data.pairs.layered_views import Layers, cut_layers, one_plane, random_layers
from training.data.pairs.still_samples import StillSamples
from training.data.photometric import happens
from training.data.sources.exposures import NO_EXPOSURES, Exposures
from training.data.sources.images import ImageSource, photograph
from training.data.sources.opening import cached
from training.methods.attention.config import AttentionConfig, FeaturesConfig

FIELDS = ('keypoints', 'sizes', 'angles', 'responses')


class FeaturePairs(StillSamples):
    """Sample number -> features of two views, a pure function of (seed, number).

    An item is a dictionary of numpy arrays; K = data.keypoints, missing keypoints are zeros:
        rows (2, K, 5) float32 x, y, size, angle, response
        descriptors (2, K, D) float16     count (2,) how many keypoints there are
        places (2, K, 2) float32 of each view's keypoints in the other one, nan where hidden
    """

    def __init__(self, images: ImageSource, config: AttentionConfig, seed: int, length: int,
                 exposures: Exposures = NO_EXPOSURES) -> None:
        """Hold the sources of images; `length` is the number of samples."""
        super().__init__(images, seed, length)
        self.config, self.exposures = config, exposures
        self._extractors: dict[str, Any] = {}

    def make(self, rng: np.random.Generator, image: np.ndarray) -> dict[str, np.ndarray]:
        """Make a sample of a photograph (H, W, 3) BGR uint8."""
        views, layers = self._views(rng, image)
        found = [self._extract(rng, view) for view in views]
        places = [move(features.keypoints) for move, features in
                  zip((layers.forth, layers.back), found, strict=True)]
        count = self.config.data.keypoints
        return {
            'rows': np.stack([pad(rows_of(features), count) for features in found]),
            'descriptors': np.stack([pad(features.descriptors.astype(np.float16), count)
                                     for features in found]),
            'count': np.array([len(features) for features in found]),
            'places': np.stack([pad(where, count, np.nan) for where in places])}

    def _views(self, rng: np.random.Generator,
               image: np.ndarray) -> tuple[list[np.ndarray], Layers]:
        data, scenes = self.config.data, self.config.scenes
        if self.exposures and happens(rng, data.exposure_share):
            image, other = self.exposures.draw(rng)
            crop, homography = draw_maps(rng, image, data)
            return (cut_views(rng, image, (crop, homography @ crop), data, other),
                    one_plane(homography, data.size))
        if happens(rng, scenes.layered_share):
            layers = random_layers(rng, data.size, scenes.motion)
            other = photograph(self.images, self.seed + 1, int(rng.integers(1 << 30)))
            return cut_layers(rng, image, other, layers, data), layers
        crop, homography = draw_maps(rng, image, data)
        return (cut_views(rng, image, (crop, homography @ crop), data),
                one_plane(homography, data.size))

    def _extract(self, rng: np.random.Generator, view: np.ndarray) -> Features:
        features = self.config.features
        name = features.other if happens(rng, features.other_share) else features.method
        if name not in self._extractors:  # networks do not pickle
            self._extractors[name] = create_extractor(name, self.config.data.keypoints, threads=1)
        found: Features = self._extractors[name].extract(view)
        return found

    def __getstate__(self) -> dict[str, Any]:
        """Return what a worker needs."""
        return {**self.__dict__, '_extractors': {}}


def rows_of(features: Features) -> np.ndarray:
    """Return (N, 5) float32 x, y, size, angle, response."""
    return np.column_stack([getattr(features, name) for name in FIELDS]).astype(np.float32)


def features_of(rows: np.ndarray, descriptors: np.ndarray, size: tuple[int, int]) -> Features:
    """Return the features of rows (N, 5) and descriptors (N, D)."""
    return Features(rows[:, :2], rows[:, 2], rows[:, 3], rows[:, 4],
                    np.zeros(len(rows), np.int32), descriptors.astype(np.float32), size)


class SeededPairs:
    """FeaturePairs as the network takes them: some keypoints of each view, seeds first.

    An item, N = attention.HOPEFUL * features.most, S = attention.MOST_SEEDS or N, the less:
        frames (2, N, 5), descriptors (2, N, D) float32    valid (2, N) bool
        seeds (S, 1) how sure each is, -1 for none         places (2, N, 2) in the other view
        keypoints (2, N, 3) x, y, size
    """

    def __init__(self, pairs: Samples, config: FeaturesConfig, size: tuple[int, int],
                 seed: int) -> None:
        """Hold the pairs, how many keypoints take part, and the size of views."""
        self.pairs, self.config, self.size, self.seed = pairs, config, size, seed
        self._matcher: Any = None

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.pairs)

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        """Make sample `number`."""
        pair = self.pairs[number]
        rng = np.random.default_rng([self.seed, 2, number])
        chosen = [self._choose(rng, int(count)) for count in pair['count']]
        found = [features_of(rows[some], descriptors[some], self.size) for rows, descriptors, some
                 in zip(pair['rows'], pair['descriptors'], chosen, strict=True)]
        similarity = similarity_of(found[0].descriptors, found[1].descriptors)
        most = int(np.ceil(HOPEFUL * self.config.most))
        seeds = min(MOST_SEEDS, most)
        order = seeding(self.matcher.match(*found), similarity, seeds)
        chosen = [some[rows] for some, rows in zip(chosen, (order.first, order.second),
                                                   strict=True)]
        found = [features.take(rows) for features, rows in
                 zip(found, (order.first, order.second), strict=True)]
        return {
            'frames': np.stack([pad(frames(features), most) for features in found]),
            'descriptors': np.stack([pad(features.descriptors, most) for features in found]),
            'valid': np.stack([np.arange(most) < len(features) for features in found]),
            'seeds': pad(order.sure[:, None], seeds, -1),
            'places': np.stack([pad(where[some], most, np.nan) for where, some
                                in zip(pair['places'], chosen, strict=True)]),
            'keypoints': np.stack([pad(rows[some, :3], most) for rows, some
                                   in zip(pair['rows'], chosen, strict=True)])}

    @property
    def matcher(self) -> Any:
        """Return what finds the seeds."""
        if self._matcher is None:
            extractor = create_extractor(self.config.method, threads=1)
            self._matcher = create_matcher(confidence=extractor.confidence)
        return self._matcher

    def _choose(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Return which of `count` keypoints take part: the strongest, or any."""
        wanted = min(int(rng.integers(self.config.least, self.config.most + 1)), count)
        if rng.random() < 0.5:
            return np.arange(wanted)
        return np.sort(rng.choice(count, wanted, replace=False))

    def __getstate__(self) -> dict[str, Any]:
        """Return what a worker needs."""
        return {**self.__dict__, '_matcher': None}


def open_dataset(source: ImageSource, config: AttentionConfig, seed: int, length: int,
                 exposures: Exposures = NO_EXPOSURES) -> SeededPairs:
    """Return `length` samples of sources, their features cached in data.cache."""
    pairs = FeaturePairs(source, config, seed, length, exposures)
    features = config.features
    kept = cached(pairs, source, config.data, 'attention', features.method, features.other,
                  features.other_share, config.scenes, seed, exposures)
    return SeededPairs(kept, features, config.data.size, seed)
