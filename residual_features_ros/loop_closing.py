# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which earlier images show the place of a new one: by their words, then by geometry.

As in DLoopDetector (Galvez-Lopez and Tardos 2012, section V): an inverted index names the images
whose bags of words are most like the new one, images of the last seconds left out, and those
count whose keypoints agree with one geometry.
"""
from __future__ import annotations

import dataclasses
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass

import numpy as np

from residual_features_ros import guided
from residual_features_ros.config import LoopConfig, MatcherConfig
from residual_features_ros.descriptor_bytes import dequantise, quantise
from residual_features_ros.matcher import Matcher
from residual_features_ros.tracks import Stamp, seconds
from residual_features_ros.types import Features
from residual_features_ros.vocabulary.bag import BagOfWords
from residual_features_ros.vocabulary.inverted_index import InvertedIndex

# Of best to second best distance: other places keep half of their pairs, and the geometry of these
# is told in 3.8 ms and not 4.3. At 0.9, 0.8 fewer images are found (ORB, 7-Scenes, every 12th
# image: 0.96 of them with 0.95 and without a ratio, 0.88 with 0.9, 0.72 with 0.8).
RATIO = 0.95
MATCHER = Matcher(MatcherConfig(ratio=RATIO))


@dataclass(frozen=True)
class LoopCandidate:
    """An earlier image of the same place.

    stamp: of the earlier image.
    score: of both bags of words (bag.score), in [0, 1].
    matches: mutual nearest keypoints of both images that pass RATIO.
    inliers: how many of these agree with one geometry (guided.agreeing).
    """

    stamp: Stamp
    score: float
    matches: int
    inliers: int


@dataclass(frozen=True)
class Loops:
    """What an image was found to be like.

    candidates: most inliers first.
    began_anew: why the images before were forgotten; empty where they were not.
    """

    candidates: list[LoopCandidate]
    began_anew: str = ''


class LoopDetector:
    """The newest images, and which of them a new one is like; for one thread at a time.

    An image takes 24 bytes and its descriptor, as bytes, for each keypoint, and 20 for each word;
    there are 300 bytes more for each word that any of them has.
    """

    def __init__(self, capacity: int) -> None:
        """Keep `capacity` images at most; the oldest leave."""
        self._capacity = capacity
        self.forget()

    def forget(self) -> None:
        """Begin anew, without images."""
        self._index = InvertedIndex(self._capacity)
        self._kept: deque[tuple[Stamp, Features]] = deque(maxlen=self._capacity)
        self._seen = self._bytes = 0
        self._newest: Stamp | None = None

    def __len__(self) -> int:
        """Return how many images are kept."""
        return len(self._kept)

    @property
    def nbytes(self) -> int:
        """Return about how many bytes the images take."""
        return self._index.nbytes + self._bytes

    def add(self, stamp: Stamp, features: Features, bag: BagOfWords, config: LoopConfig) -> Loops:
        """Return the earlier images of an image's place, and keep every loop_every-th image.

        Args:
            stamp: of the image; where it is before the last one's, all images are forgotten.
            features: of the image.
            bag: its words; an image without any is like none, and is not kept.
            config: what is asked for; it may differ from image to image.
        """
        began_anew = ''
        if self._newest is not None and stamp < self._newest:  # a bag that began anew
            began_anew = f'stamp went back from {seconds(self._newest)} s to {seconds(stamp)} s'
            self.forget()
        self._newest = stamp
        candidates = self._candidates(stamp, features, bag, config)
        if self._seen % config.loop_every == 0 and len(bag):
            self._keep(stamp, packed(features), bag)
        self._seen += 1
        return Loops(candidates, began_anew)

    def _keep(self, stamp: Stamp, features: Features, bag: BagOfWords) -> None:
        if len(self) == self._capacity:
            self._bytes -= bytes_of(self._kept[0][1])
        self._index.add(bag)
        self._kept.append((stamp, features))  # the oldest leaves, as that of the index does
        self._bytes += bytes_of(features)

    def _candidates(self, stamp: Stamp, features: Features, bag: BagOfWords,
                    config: LoopConfig) -> list[LoopCandidate]:
        first = self._index.first
        latest = nanoseconds(stamp) - round(1e9 * config.loop_min_gap_s)
        before = first + bisect_right(self._kept, latest, key=lambda kept: nanoseconds(kept[0]))
        found = [checked(features, *self._kept[number - first], score, config.loop_min_inliers)
                 for number, score in self._index.query(bag, config.loop_count, before)]
        return sorted((candidate for candidate in found
                       if candidate.inliers >= config.loop_min_inliers),
                      key=lambda candidate: -candidate.inliers)


def checked(features: Features, stamp: Stamp, earlier: Features, score: float,
            least: int = 0) -> LoopCandidate:
    """Return how an image and an earlier one agree, whose features are packed.

    Fewer matches than `least` are looked at no further, and have no inliers.
    """
    earlier = unpacked(earlier, features.descriptors.dtype)
    matches = MATCHER.match(features, earlier)
    inliers = guided.agreeing(features, earlier, matches) if len(matches) >= least else 0
    return LoopCandidate(stamp, score, len(matches), inliers)


def packed(features: Features) -> Features:
    """Return features whose float descriptors are bytes."""
    if features.descriptors.dtype == np.uint8:
        return features
    return dataclasses.replace(features, descriptors=quantise(features.descriptors))


def unpacked(features: Features, kind: np.dtype) -> Features:
    """Return packed features with descriptors of a kind again, float32 or, for bits, uint8."""
    if kind == np.uint8:
        return features
    return dataclasses.replace(features, descriptors=dequantise(features.descriptors))


def bytes_of(features: Features) -> int:
    """Return how many bytes the arrays of features take."""
    return sum(array.nbytes for array in vars(features).values() if isinstance(array, np.ndarray))


def nanoseconds(stamp: Stamp) -> int:
    """Return a stamp in nanoseconds."""
    return stamp[0] * 10**9 + stamp[1]
