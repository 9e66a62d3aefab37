# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""New weights against those before, on frames that no training has seen, and on photographs.

What is right on the frames is said by RootSIFT, a method without weights: its own matches, near
and chained, tell the geometry of a pair, and a match is right that is near its epipolar line.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from residual_features_ros.extractor import Extractor, create_extractor
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.epipolar import epipolar_px
from residual_features_ros.geometry.homography import transform
from residual_features_ros.matcher import create_matcher
from residual_features_ros.sign_test import Split, split
from residual_features_ros.types import Features
from training.benchmarks.validation_pairs import PHOTOMETRIC, WARP, spread
from training.config import DataConfig
from training.data.pairs.homography_views import make_views
from training.learn.chains import GAPS, chain
from training.learn.frames import Frames

REFERENCE = 'rootsift'
RIGHT_PX = 2.0  # from the epipolar line, and from the place under a homography 3
PLACE_PX = 3.0
MOST_PAIRS = 40  # of a gap
HARD_GAP = 4  # from this one on pairs decide
STILLS = range(48)  # pairs of views of photographs that decide
OTHERS = range(48, 72)  # and those by which a blend is chosen
LEAST_GAIN = 0.01  # of the right matches at hard gaps: a map must be made anew for less
MOST_LOST = 0.01  # of the right matches on photographs
LUCK = 0.05
SEED = 60_000
Key = tuple[int, int]


@dataclass(frozen=True)
class Geometry:
    """A pair of frames and its fundamental matrix (3, 3), of pixels of frames."""

    first: int
    second: int
    F: np.ndarray


@dataclass(frozen=True)
class Scores:
    """Right matches, and all matches, by pair: (first, second) frame, or (0, number)."""

    right: Mapping[Key, int]
    matches: Mapping[Key, int]

    def total(self, least_gap: int = 0, most_gap: int = 10**9) -> int:
        """Return the right matches of the pairs of these gaps."""
        return sum(value for (a, b), value in self.right.items() if least_gap <= b - a <= most_gap)

    def of_gap(self, gap: int) -> Scores:
        """Return those of pairs of a gap."""
        return Scores(*({key: value for key, value in some.items() if key[1] - key[0] == gap}
                        for some in (self.right, self.matches)))


@dataclass(frozen=True)
class Judged:
    """Scores of new weights and of those before, on frames and on photographs."""

    new: Scores
    before: Scores
    new_stills: Scores
    before_stills: Scores


@dataclass(frozen=True)
class Verdict:
    """Whether new weights are kept, and why in a sentence.

    gain: of right matches at hard gaps, and lost: on photographs, both as shares.
    """

    kept: bool
    why: str
    gain: float
    lost: float
    hard: Split
    stills: Split


def geometries(frames: Frames, numbers: range, camera: Camera | None) -> list[Geometry]:
    """Return the pairs of some frames whose geometry RootSIFT finds, spread over the time."""
    reference, matcher = extractor(REFERENCE, ''), create_matcher(ratio=0.85)
    seen = [reference.extract(frames.read(number)) for number in numbers]
    stretches = [frames.frames[number].stretch for number in numbers]
    by_gap: dict[int, list[Geometry]] = {gap: [] for gap in GAPS}
    for first, second, (a, b) in chain(seen, stretches, matcher.match, camera):
        F, _ = cv2.findFundamentalMat(a, b, cv2.USAC_MAGSAC, 1.0, 0.999, 2000)
        if F is not None and F.shape == (3, 3):
            by_gap[second - first].append(Geometry(numbers[first], numbers[second], F))
    return [pair for pairs in by_gap.values() for pair in spread(pairs, MOST_PAIRS) if pairs]


def judge_frames(frames: Frames, pairs: Sequence[Geometry], method: str,
                 weights: str) -> Scores:
    """Return what a method with some weights matches right on pairs of frames.

    Args:
        frames: of the sequence.
        pairs: their geometry.
        method: its name.
        weights: folder of them, '' for the shipped ones.
    """
    ours = extractor(method, weights)
    kept: dict[int, Features] = {}
    for number in sorted({k for pair in pairs for k in (pair.first, pair.second)}):
        kept[number] = ours.extract(frames.read(number))
    right, matches = {}, {}
    for pair in pairs:
        _, off = found_in(kept[pair.first], kept[pair.second], pair.F)
        right[pair.first, pair.second] = int((off < RIGHT_PX).sum())
        matches[pair.first, pair.second] = len(off)
    return Scores(right, matches)


def found_in(first: Features, second: Features,
             F: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Return pixels (M, 2), (M, 2) of matches, and (M,) how far they are off their lines in px."""
    found = create_matcher().match(first, second).indices
    points = first.keypoints[found[:, 0], :2], second.keypoints[found[:, 1], :2]
    return points, epipolar_px(*points, F)


def views_of(photographs: Sequence[np.ndarray],
             numbers: range) -> Iterator[tuple[list[np.ndarray], np.ndarray]]:
    """Yield pairs of views and the homography between them, the same in every run."""
    config = DataConfig(size=(640, 480), warp=WARP, photometric=PHOTOMETRIC)
    for number in numbers:
        rng = np.random.default_rng([SEED, number])
        yield make_views(rng, photographs[number % len(photographs)], config)


def judge_stills(photographs: Sequence[np.ndarray], method: str, weights: str,
                 numbers: range) -> Scores:
    """Return what a method with some weights matches right on photographs under homographies."""
    ours, matcher, right, matches = extractor(method, weights), create_matcher(), {}, {}
    for number, (views, homography) in enumerate(views_of(photographs, numbers)):
        a, b = (ours.extract(view) for view in views)
        found = matcher.match(a, b).indices
        off = np.linalg.norm(transform(a.keypoints[found[:, 0], :2], homography)
                             - b.keypoints[found[:, 1], :2], axis=1)
        right[0, number], matches[0, number] = int((off < PLACE_PX).sum()), len(found)
    return Scores(right, matches)


def verdict(judged: Judged) -> Verdict:
    """Return whether new weights are kept: better by more than luck, and no worse elsewhere."""
    new, old = judged.new, judged.before

    def hard(scores: Scores) -> dict[Key, float]:
        return {key: value for key, value in scores.right.items() if key[1] - key[0] >= HARD_GAP}
    won = split(hard(new), hard(old), 1)
    stills = split(dict(judged.new_stills.right), dict(judged.before_stills.right), 1)
    before = old.total(HARD_GAP)
    gain = new.total(HARD_GAP) / before - 1 if before else 0.0
    lost = 1 - judged.new_stills.total() / max(judged.before_stills.total(), 1)
    reasons = []
    if not hard(old):
        reasons.append(f'no unseen pair {HARD_GAP} or more frames apart can be judged')
    elif gain <= 0 or 2 * won.better <= won.pairs or won.p >= LUCK:
        reasons.append(f'not better on the unseen part by more than luck ({gain:+.1%} right '
                       f'matches, {won.words()})')
    elif gain < LEAST_GAIN:
        reasons.append(f'{gain:+.1%} right matches on the unseen part ({won.words()}), and '
                       f'{LEAST_GAIN:.0%} is the least that is worth a new map')
    if lost > MOST_LOST:
        reasons.append(f'{lost:.1%} fewer right matches on photographs, {MOST_LOST:.0%} is the '
                       'most')
    why = '; '.join(reasons) or (f'{gain:+.1%} right matches on the unseen part ({won.words()}), '
                                 f'{-lost:+.1%} on photographs ({stills.words()})')
    return Verdict(not reasons, why, gain, lost, won, stills)


def extractor(method: str, weights: str) -> Extractor:
    """Return a method with the weights of a folder, '' for the shipped ones.

    In fp32, since only the shipped ones have integers.
    """
    return create_extractor(method, weights=weights, precision='fp32')
