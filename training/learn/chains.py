# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Places that two frames share, near or far apart: matches of neighbours, chained and checked."""
from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.relative_pose import two_view
from residual_features_ros.types import Features, Matches
from training.learn.flow import follow

GAPS = (1, 2, 4, 8, 16)  # frames that are used, between the two of a pair
LEAST = 24  # places that agree with one geometry: fewer are no pair
CHECK_PX = 1.5  # from the epipolar line
Match = Callable[[Features, Features], Matches]
Shared = tuple[np.ndarray, np.ndarray]  # pixels (M, 2), (M, 2) of one place in two frames


def joined(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Follow rows (M, 2) = (a, b) by rows (L, 2) = (b, c) where b is the same -> (N, 2) (a, c)."""
    follows = dict(second.tolist())
    found = [(a, follows[b]) for a, b in first.tolist() if b in follows]
    return np.array(found, np.int64).reshape(-1, 2)


def chain(features: Sequence[Features], stretches: Sequence[int], match: Match,
          camera: Camera | None, gaps: Sequence[int] = GAPS, direct: bool = True,
          images: Sequence[np.ndarray] = ()) -> Iterator[tuple[int, int, Shared]]:
    """Yield pairs of frames and the places that they share.

    A place of a pair is a keypoint that matches lead to from frame to frame; with `direct` also
    a match of the two frames themselves; and with `images` a keypoint that flow leads to. Those
    of a pair agree with one geometry.

    Args:
        features: of the frames in order.
        stretches: of each frame; no pair is of two.
        match: of two frames, rows of the first and the second.
        camera: of all frames, None where it is not known: then a fundamental matrix is looked for.
        gaps: frames between the two.
        direct: whether matches of the pair itself are places too.
        images: (H, W) uint8 of each frame, to follow what no match leads to; none for no flow.

    Yields:
        numbers of the two frames, and pixels (M, 2), (M, 2).
    """
    neighbours = [match(a, b).indices.astype(np.int64)
                  if stretches[n] == stretches[n + 1] else np.zeros((0, 2), np.int64)
                  for n, (a, b) in enumerate(itertools.pairwise(features))]
    for start in range(len(features) - 1):
        rows, reached = neighbours[start], start + 1
        begun = pixels(features[start], slice(None))
        places, known = begun, np.full(len(begun), bool(len(images)))
        flown = start
        for gap in gaps:
            if start + gap >= len(features) or stretches[start + gap] != stretches[start]:
                break
            while reached < start + gap:
                rows, reached = joined(rows, neighbours[reached]), reached + 1
            while len(images) and flown < start + gap:
                step = neighbours[flown]
                at = pixels(features[flown], step[:, 0]), pixels(features[flown + 1], step[:, 1])
                on = np.flatnonzero(known)
                there, found = follow(images[flown], images[flown + 1], places[on], at)
                places, known = places.copy(), known.copy()
                places[on], known[on[~found]] = there, False
                flown += 1
            pairs = rows
            if direct and gap > 1:
                own = match(features[start], features[start + gap]).indices.astype(np.int64)
                pairs = np.unique(np.vstack([rows, own]), axis=0)
            others = known.copy()
            others[pairs[:, 0]] = False
            a = np.vstack([begun[pairs[:, 0]], begun[others]])
            b = np.vstack([pixels(features[start + gap], pairs[:, 1]), places[others]])
            agree, _ = two_view(a, b, camera, CHECK_PX)
            if agree.sum() >= LEAST:
                yield start, start + gap, (a[agree], b[agree])


def pixels(features: Features, rows: np.ndarray | slice) -> np.ndarray:
    """Return the places (N, 2) of some keypoints."""
    return features.keypoints[rows, :2].astype(np.float64)
