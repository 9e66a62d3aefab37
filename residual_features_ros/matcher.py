# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""(Features, Features) -> Matches: by mutual nearest descriptors, or what begins with them."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from residual_features_ros import guided
from residual_features_ros.confidence import Candidates
from residual_features_ros.config import MatcherConfig, from_mapping
from residual_features_ros.errors import ConfigError
from residual_features_ros.nearest import mutual_nearest, only, similarity_of
from residual_features_ros.types import Features, Matches, normalise_rows

if TYPE_CHECKING:
    from residual_features_ros.attention import MatcherCard
    from residual_features_ros.extractor import Extractor

WARM_UP_KEYPOINTS = 500


class Confidence(Protocol):
    """What says how likely matches are right: confidence.ConfidenceModel."""

    def of(self, candidates: Candidates) -> np.ndarray:
        """Return the probability (M,) float32 of each."""


class Network(Protocol):
    """What pairs keypoints by attention: attention.AttentionMatcher."""

    card: MatcherCard

    @property
    def description(self) -> str:
        """What runs it."""

    def __call__(self, a: Features, b: Features, nearest: Matches,
                 similarity: np.ndarray) -> Matches:
        """Return matches with confidences.

        Args:
            a: of the first image.
            b: of the second.
            nearest: their mutual nearest neighbours.
            similarity: (N, M) of their descriptors.
        """


def create_matcher(matcher: str = 'mutual_nearest', ratio: float | None = None,
                   max_distance: float | None = None, confidence: Confidence | None = None,
                   network: Network | None = None, extractor: Extractor | None = None,
                   **settings: Any) -> Matcher:
    """Create a matcher.

    Args:
        matcher: 'mutual_nearest', 'stereo_rectified' for a rectified left and right image,
            'guided', 'attention' or 'attention_guided'.
        ratio: largest ratio of best to second best distance; None for off.
        max_distance: largest distance (L2 in [0, 2], or bits); None for off.
        confidence: Extractor.confidence of the method, for Matches.confidences; None for none.
        network: attention.load_attention of the method, for matchers with attention.
        extractor: whose features are matched, in the place of confidence and network.
        settings: further fields of MatcherConfig.

    Raises:
        ConfigError: an unknown matcher or setting, a value out of range, min_confidence without a
            confidence, or attention without a network.
    """
    config = from_mapping(MatcherConfig, {
        'matcher': matcher, 'ratio': float(ratio or 0), 'max_distance': float(max_distance or 0),
        **settings})
    return open_matcher(config, extractor) if extractor else Matcher(config, confidence, network)


def open_matcher(config: MatcherConfig, extractor: Extractor) -> Matcher:
    """Return the matcher of an extractor's features; networks are loaded once.

    Raises:
        ConfigError: the extractor's method has no confidence or network, and the settings ask.
        ModelCardError: a network that is missing or damaged.
    """
    network = None
    if wants_network(config):
        from residual_features_ros.attention import load_attention  # most never need it
        of = extractor.config
        network = load_attention(of.method, config.matcher_weights, of.backend, of.threads,
                                 of.precision, extractor.card.sha256 if extractor.card else '')
    return Matcher(config, extractor.confidence, network)


class Counted(NamedTuple):
    """Matches, and how many of them agree with one geometry (guided.agreeing)."""

    matches: Matches
    agreeing: int


@dataclass(frozen=True)
class Matcher:
    """Pairs the descriptors of two images.

    told: hears what the first matcher found in images that matcher_fallback matched, and what
        that one found.
    """

    config: MatcherConfig
    confidence: Confidence | None = None
    network: Network | None = None
    told: Callable[[Counted, Counted], None] | None = None

    def __post_init__(self) -> None:
        """Raise ConfigError for what the settings ask for and nobody can give."""
        if wants_network(self.config) and self.network is None:
            raise ConfigError('matcher attention: needs a network, which open_matcher loads')
        if self.config.matcher_fallback and self.config.matcher == 'stereo_rectified':
            raise ConfigError('matcher stereo_rectified: left and right pair on one row, not by '
                              f'{self.config.matcher_fallback}; leave matcher_fallback empty')
        if self.config.min_confidence and self.confidence is None \
                and self.config.matcher != 'attention':
            raise ConfigError(
                f'min_confidence {self.config.min_confidence:g}: matches have no confidence here. '
                'It belongs to the weights of a method (Extractor.confidence), where "python -m '
                'training calibrate METHOD --images DIR" writes it; or set min_confidence to 0')

    def match(self, a: Features, b: Features) -> Matches:
        """Match two images.

        Raises:
            ValueError: the descriptors are of different kinds.
        """
        config = self.config
        similarity = self._similarity(a, b)
        matches = self._match(a, b, similarity, config.matcher)
        if not config.matcher_fallback:
            return matches
        found = Counted(matches, guided.agreeing(a, b, matches))
        if found.agreeing >= config.fallback_matches:
            return matches
        others = self._match(a, b, similarity, config.matcher_fallback)
        second = Counted(others, guided.agreeing(a, b, others))
        if self.told is not None:
            self.told(found, second)
        return max(found, second, key=lambda counted: counted.agreeing).matches

    def warm_up(self, like: Features) -> None:
        """Match what is made up, since the first images cost more than the others.

        Args:
            like: has descriptors of the kind and width, and may have no keypoints.
        """
        made = made_up(like, WARM_UP_KEYPOINTS)
        similarity = self._similarity(made, made)
        for how in filter(None, (self.config.matcher, self.config.matcher_fallback)):
            self._match(made, made, similarity, how)

    def _similarity(self, a: Features, b: Features) -> np.ndarray:
        """Return the similarity (N, M) of descriptors; ValueError for different kinds."""
        if a.descriptors.dtype != b.descriptors.dtype or \
                a.descriptors.shape[1] != b.descriptors.shape[1]:
            raise ValueError(
                f'descriptors of different kinds: {a.descriptors.dtype}'
                f'[{a.descriptors.shape[1]}] and {b.descriptors.dtype}[{b.descriptors.shape[1]}]')
        return similarity_of(a.descriptors, b.descriptors, self.config.matching_precision)

    def _match(self, a: Features, b: Features, similarity: np.ndarray, how: str) -> Matches:
        config = self.config
        if how in ('attention', 'attention_guided') and self.network is not None:
            nearest = self._nearest(a, b, similarity, replace(
                config, min_confidence=0.0, ratio=0.0, max_distance=0.0))
            matches = self.network(a, b, nearest, similarity)
            if how == 'attention_guided':
                return self._guided(a, b, similarity, matches)
            return at_least(matches, config.min_confidence)
        if how == 'guided':
            return self._guided(a, b, similarity, self._nearest(a, b, similarity, config))
        if how == 'stereo_rectified':
            similarity = only(similarity, on_one_row(a, b, config))
        return self._nearest(a, b, similarity, config)

    def _guided(self, a: Features, b: Features, similarity: np.ndarray,
                matches: Matches) -> Matches:
        """Return the mutual nearest neighbours where the geometry of matches allows them."""
        allowed = guided.allowed(a, b, matches, self.config.guided_px)
        if allowed is None:
            return at_least(matches, self.config.min_confidence)
        return self._nearest(a, b, only(similarity, allowed), self.config)

    def _nearest(self, a: Features, b: Features, similarity: np.ndarray,
                 config: MatcherConfig) -> Matches:
        confidence = self.confidence
        judge = None if confidence is None else (
            lambda *found: confidence.of(Candidates(a, b, *found)))
        return mutual_nearest(similarity, a.descriptors, b.descriptors, config, judge)


def wants_network(config: MatcherConfig) -> bool:
    """Return whether a matcher or its fallback is one that looks by attention."""
    return any(name.startswith('attention') for name in (config.matcher,
                                                         config.matcher_fallback))


def made_up(like: Features, count: int) -> Features:
    """Return keypoints at random places, with random descriptors of the kind of `like`."""
    rng, width = np.random.default_rng(0), like.descriptors.shape[1]
    bits = rng.integers(0, 256, (count, width), np.uint8)
    ones = np.ones(count, np.float32)
    return replace(
        like, keypoints=(rng.random((count, 2)) * like.image_size).astype(np.float32),
        sizes=ones, angles=ones, responses=ones, octaves=np.zeros(count, np.int32),
        descriptors=bits if like.descriptors.dtype == np.uint8 else normalise_rows(bits - 127.5))


def at_least(matches: Matches, confidence: float) -> Matches:
    """Return the matches of a confidence or more; those without confidences stay."""
    if not confidence or matches.confidences is None:
        return matches
    keep = matches.confidences >= confidence
    return Matches(matches.indices[keep], matches.distances[keep], matches.confidences[keep])


def on_one_row(left: Features, right: Features, config: MatcherConfig) -> np.ndarray:
    """Return which pairs (N, M) of rectified images are on one row, of a disparity allowed."""
    disparity = left.keypoints[:, None, 0] - right.keypoints[None, :, 0]  # (N, M)
    offset = np.abs(left.keypoints[:, None, 1] - right.keypoints[None, :, 1])
    allowed: np.ndarray = ((offset <= config.epipolar_px)
                           & (disparity >= config.min_disparity_px)
                           & (disparity <= config.max_disparity_px))
    return allowed
