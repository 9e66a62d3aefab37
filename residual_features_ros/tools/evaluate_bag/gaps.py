# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Methods on pairs of images further and further apart, as after a lost second or a fast turn.

From one image to the next almost every method finds the motion; how far apart two images may be
tells methods apart. A pair whose motion is not found counts, with the largest error.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from residual_features_ros.geometry.accuracy import maa
from residual_features_ros.sign_test import Split
from residual_features_ros.tools.evaluate_bag.pairs import NAN, PairFigures
from residual_features_ros.tools.evaluate_bag.scores import Score, inlier_ratio, median
from residual_features_ros.tools.evaluate_bag.sign_test import compare

ACCURATE_DEG = (1.0, 5.0)  # errors of rotation and direction below which a pose is accurate
MAA_DEG = 5


@dataclass(frozen=True)
class GapResult:
    """Methods on the pairs of one gap: figures, and how the first does against each other."""

    methods: dict[str, dict[str, float | int]]
    splits: Mapping[str, Mapping[str, Split]]


def results_by_gap(scores: Mapping[str, Score], gaps: Sequence[int],
                   posed: bool) -> dict[int, GapResult]:
    """Return the results of each gap.

    Args:
        scores: by method.
        gaps: how many images apart the pairs are.
        posed: whether there is a camera, without which no motion is looked for.
    """
    found = {}
    for gap in gaps:
        pairs = {name: score.pairs_apart(gap) for name, score in scores.items()}
        found[gap] = GapResult({name: gap_figures(of_method, posed)
                                for name, of_method in pairs.items()}, compare(pairs))
    return found


def gap_figures(pairs: Sequence[PairFigures], posed: bool) -> dict[str, float | int]:
    """Return the numbers of a method on the pairs of a gap; NaN where there are none.

    Errors are those of all pairs with ground truth, one without motion being FAILED_DEG off;
    accurate and accurate_share are how many, and which share, are below ACCURATE_DEG. mAA is of
    the larger error of each pair. Where a baseline has no direction the rotation alone counts.
    """
    errors = np.array([pair.errors_deg for pair in pairs if posed], float).reshape(-1, 2)  # (P, 2)
    errors = errors[~np.isnan(errors[:, 0])]
    accurate = int((~(errors >= ACCURATE_DEG)).all(1).sum())
    known = len(errors) > 0
    return {
        'pairs': len(pairs), 'pairs_with_motion': sum(pair.has_motion for pair in pairs),
        'pairs_with_truth': sum(bool(np.isfinite(pair.baseline)) for pair in pairs),
        'matches': median(pair.matches for pair in pairs),
        'inliers': median(pair.inliers for pair in pairs),
        'inlier_ratio': inlier_ratio(pairs),
        'rotation_deg': median(errors[:, 0]), 'direction_deg': median(errors[:, 1]),
        'accurate': accurate if known else NAN,
        'accurate_share': accurate / len(errors) if known else NAN,
        f'maa@{MAA_DEG}': maa(np.fmax(*errors.T), MAA_DEG) if known else NAN,
    }


def gap_notes(results: Mapping[int, GapResult], images: int) -> list[str]:
    """Return sentences on gaps beyond 1 that have no pairs, or pairs without ground truth.

    Args:
        results: by gap.
        images: how many were evaluated.
    """
    notes = []
    for gap, result in results.items():
        if gap == 1:
            continue  # what the first table lacks is told already
        figures = next(iter(result.methods.values()))  # all methods saw the same images
        pairs, true = figures['pairs'], figures['pairs_with_truth']
        if gap >= images:
            notes.append(f'gap {gap}: no pairs, of {images} images evaluated')
        elif 0 < true < pairs:
            notes.append(f'gap {gap}: ground truth for {true} of {pairs} pairs (--tolerance)')
    return notes
