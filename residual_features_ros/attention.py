# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The attention matcher: a network looks at all keypoints of both images and pairs them.

It sees keypoints as frames, their descriptors, and first of all the seeds: the mutual nearest
neighbours that are likeliest right (confidence.ConfidenceModel).
"""
from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.backends import Backend, Expected, Session
from residual_features_ros.backends.chain import Chain
from residual_features_ros.config import ANYWHERE, from_mapping
from residual_features_ros.errors import ConfigError, ModelCardError
from residual_features_ros.model_card import SHIPPED_WEIGHTS, NetworkFiles, verified
from residual_features_ros.types import Features, Matches

log = logging.getLogger(__name__)
CARD = 'attention.json'
FORMAT = 1
INPUTS = ('first_frames', 'first_rows', 'second_frames', 'second_rows', 'seeds')
MOST_SEEDS = 128
HOPEFUL, MOST_HOPEFUL = 0.8, 2048  # of the keypoints of an image the network sees this share
MIDDLE_SIZE, SPREAD_SIZE = -4.0, 2.0  # of log2 of a keypoint's diameter in halves of the image
LEAST_PROBABILITY = 1e-6  # whose logit is still a number
_MOST = MOST_HOPEFUL + MOST_SEEDS
EXPECTED = Expected(rows=(800, _MOST), rows_of={'seeds': (MOST_SEEDS, MOST_SEEDS)}, together=True)


def frames(features: Features) -> np.ndarray:
    """Return (N, 5) float32: x, y in halves of the longest side, size, cosine and sine.

    The middle of the image is (0, 0); size is a logarithm, and a keypoint without orientation has
    neither cosine nor sine.
    """
    size = np.array(features.image_size, np.float32)
    half = size.max() / 2
    places = (features.keypoints - (size - 1) / 2) / half
    scale = (np.log2(np.maximum(features.sizes, 1e-3) / half) - MIDDLE_SIZE) / SPREAD_SIZE
    turns = np.radians(features.angles)
    oriented = features.angles >= 0
    return np.column_stack([places, scale, np.cos(turns) * oriented,
                            np.sin(turns) * oriented]).astype(np.float32)


@dataclass(frozen=True)
class Seeding:
    """Rows of two images with the seeds first, partner beside partner.

    first, second: rows of both images in their new order.    sure: (S,) confidences of the seeds.
    """

    first: np.ndarray
    second: np.ndarray
    sure: np.ndarray


def hopeful(best: np.ndarray) -> np.ndarray:
    """Return which keypoints (N,) are among the hopeful by the similarity of the most similar.

    The others have a partner too seldom to pay for their time: of the right matches of held-out
    photographs .3 % begin or end among the last fifth.
    """
    kept = min(int(np.ceil(HOPEFUL * len(best))), MOST_HOPEFUL)
    found: np.ndarray = np.zeros(len(best), bool)
    found[np.argsort(-best, kind='stable')[:kept]] = True
    return found


def seeding(matches: Matches, similarity: np.ndarray, most: int = MOST_SEEDS) -> Seeding:
    """Return the order of the hopeful rows of two images, seeds first.

    Args:
        matches: mutual ones; without confidences the nearest are the surest.
        similarity: (N, M) of the rows of the first image to those of the second.
        most: seeds.
    """
    sure = 1 - matches.distances / 2 if matches.confidences is None else matches.confidences
    best = np.argsort(-sure, kind='stable')[:most]
    seeds = matches.indices[best]
    first, second = (_first(rows, _largest(similarity, axis))
                     for rows, axis in zip(seeds.T, (1, 0), strict=True))
    return Seeding(first, second, sure[best].astype(np.float32))


def _largest(similarity: np.ndarray, axis: int) -> np.ndarray:
    found: np.ndarray = similarity.max(axis) if similarity.size else np.zeros(
        similarity.shape[1 - axis])
    return found


def _first(seeds: np.ndarray, best: np.ndarray) -> np.ndarray:
    order = best.astype(np.float64)
    order[seeds] = np.inf
    chosen = hopeful(order)
    chosen[seeds] = False
    return np.concatenate([seeds, np.flatnonzero(chosen)])


@dataclass(frozen=True)
class MatcherCard(NetworkFiles):
    """Metadata of the network of the attention matcher.

    files names 'attention', and its int8 form 'attention_int8' where there is one. The network
    takes, of both images, 'first_frames' (N, 5) and 'second_frames' (M, 5) by frames(),
    'first_rows' (N, dim) and 'second_rows' (M, dim), and 'seeds' (S, 1): the first S rows of both
    images belong together, as sure as this says. It gives 'probabilities' (N, M) of pairs.

    methods: whose descriptors it was trained with, and sha256 of the weights that made them.
    least: confidence of a match.
    bias, slope: the confidence of a match has the logit bias + slope * that of its probability.
    """

    format: int
    methods: dict[str, str]
    dim: int
    least: float
    bias: float
    slope: float
    files: dict[str, dict[str, str]]
    licence: str
    data: str
    training: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)
    folder: Path = Path()


def read_card(folder: Path | str = '') -> MatcherCard:
    """Read and verify the card of a folder and the networks that it names, '' for the shipped one.

    Raises:
        ModelCardError: names the file, what was expected and what was found.
    """
    path = (Path(folder) if folder else SHIPPED_WEIGHTS / 'matchers') / CARD
    if not path.is_file():
        raise ModelCardError(f'{path}: no such file; "python -m training train attention '
                             'data.images=DIR" and "python -m training export CHECKPOINT" make it')
    try:
        values = json.loads(path.read_text(encoding='utf-8'))
        card = from_mapping(MatcherCard, {**values, 'folder': path.parent})
    except (ValueError, TypeError, AttributeError, ConfigError) as error:
        raise ModelCardError(f'{path}: expected the card of a matcher, found {error}') from error
    if card.format != FORMAT:
        raise ModelCardError(f'{path}: expected card format {FORMAT}, found {card.format}')
    for network in sorted({'attention', *card.files}):
        verified(card, network, path)
    return card


def write_card(card: MatcherCard) -> Path:
    """Write <folder>/attention.json and return its path."""
    return card.write(CARD)


@functools.lru_cache(maxsize=4)
def load_attention(method: str, folder: str = '', backend: tuple[str, ...] = ANYWHERE,
                   threads: int = 0, precision: str = 'auto',
                   weights_sha256: str = '') -> AttentionMatcher:
    """Return the matcher of a method's features, loaded once.

    Args:
        method: the registry name.
        folder: of the card; '' for the shipped one.
        backend: as in ExtractorConfig.
        threads: the same.
        precision: the same.
        weights_sha256: of the networks that made the descriptors, '' where it is not known; it
            is said where the matcher was trained with others.

    Raises:
        ConfigError: the network was trained with the descriptors of other methods.
        ModelCardError: see read_card.
        BackendError: no backend runs here.
    """
    card = read_card(folder)
    if method not in card.methods:
        raise ConfigError(f'matcher attention: {card.folder / CARD} is for descriptors of '
                          f'{" and ".join(card.methods)}, not of {method}; train another, or '
                          'take matcher guided')
    if weights_sha256 not in ('', card.methods[method]):
        log.warning('matcher attention was trained with the descriptors of other weights of %s '
                    'than those that run: it may find less; train another', method)
    chain = Chain(backend)

    def quantised(runtime: Backend) -> bool:
        return 'attention_int8' in card.files and runtime.TAKES_DYNAMIC_INT8 \
            and precision in ('auto', 'int8')

    def opened(runtime: Backend) -> Session:
        file = 'attention_int8' if quantised(runtime) else 'attention'
        return runtime.open_session(card.path(file), threads, precision, True, EXPECTED)

    return AttentionMatcher(card, chain.open(opened),
                            lambda: ', in int8' if quantised(chain.backend) else '')


class AttentionMatcher:
    """The network of a card, loaded; several threads may call it."""

    def __init__(self, card: MatcherCard, session: Session,
                 note: Callable[[], str] = str) -> None:
        """Take a card, the network that runs, and what is to be said of it beside its runtime."""
        if sorted(session.inputs) != sorted(INPUTS):
            raise ModelCardError(f'{card.path("attention")}: expected the inputs '
                                 f'{", ".join(INPUTS)}, found {", ".join(session.inputs)}')
        card.check_outputs('attention', session.outputs, 'probabilities')
        self.card, self._session, self._note = card, session, note

    @property
    def description(self) -> str:
        """What runs the network now."""
        return self._session.description + self._note()

    def __call__(self, a: Features, b: Features, nearest: Matches,
                 similarity: np.ndarray) -> Matches:
        """Match two images.

        Args:
            a: (N, dim) descriptors of the card's methods.
            b: the same of the other image.
            nearest: all mutual nearest neighbours, with their confidences.
            similarity: (N, M) of the descriptors.

        Returns:
            pairs that are each other's likeliest, in the order of a's rows, as sure as the card
            asks at least; none where there is no mutual nearest neighbour.
        """
        if not len(nearest):
            nothing = np.zeros(0, np.float32)
            return Matches(np.zeros((0, 2), np.int32), nothing, nothing)
        order = seeding(nearest, similarity)
        first, second = a.take(order.first), b.take(order.second)
        found = self._session.run(dict(zip(INPUTS, (
            frames(first), first.descriptors, frames(second), second.descriptors,
            order.sure[:, None]), strict=True)))['probabilities']
        best, back = found.argmax(1), found.argmax(0)
        sure = self.confidence(found[np.arange(len(best)), best])
        rows = np.flatnonzero((back[best] == np.arange(len(best))) & (sure >= self.card.least))
        indices = np.stack([order.first[rows], order.second[best[rows]]], 1).astype(np.int32)
        sorting = np.argsort(indices[:, 0])
        apart = a.descriptors[indices[:, 0]] - b.descriptors[indices[:, 1]]
        return Matches(indices[sorting],
                       np.linalg.norm(apart, axis=1).astype(np.float32)[sorting],
                       sure[rows].astype(np.float32)[sorting])

    def confidence(self, probabilities: np.ndarray) -> np.ndarray:
        """Return how likely matches (M,) are right, of the network's probabilities."""
        inside = np.clip(probabilities.astype(np.float64), LEAST_PROBABILITY,
                         1 - LEAST_PROBABILITY)
        logits = self.card.bias + self.card.slope * np.log(inside / (1 - inside))
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)
