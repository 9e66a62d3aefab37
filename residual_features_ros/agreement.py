# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How the features that two programs find in one image agree."""
from __future__ import annotations

import numpy as np

from residual_features_ros.types import Features, float_rows, normalise_rows

NEAR_PX = 0.1  # of places that are the same
SAME_SIZE = 0.05  # of the logarithm of their sizes


def agreement(found: Features, expected: Features) -> dict[str, float]:
    """Compare features of one image: the share of places that both have, and their rows' cosine.

    Returns:
        near: share of the keypoints of `expected` that `found` has within NEAR_PX, of a size
            within 5 %.
        cosine: see agreement_of_rows.
    """
    unlike = np.abs(np.log(expected.sizes[:, None] / found.sizes)) > SAME_SIZE
    return agreement_of_rows((found.keypoints, found.descriptors),
                             (expected.keypoints, expected.descriptors), unlike)


def agreement_of_rows(found: tuple[np.ndarray, np.ndarray],
                      expected: tuple[np.ndarray, np.ndarray],
                      unlike: np.ndarray | None = None) -> dict[str, float]:
    """Compare places (N, 2) and descriptors (N, D) of one image with those expected (M, 2).

    Args:
        found: places and descriptors.
        expected: the same.
        unlike: (M, N) which are not the same wherever they are, None for none.

    Returns:
        near: share of what is expected that was found within NEAR_PX.
        cosine: median of the cosines of these descriptors, of any length; of binary ones,
            1 - 2 / bits for each different bit. 0 where none is near, or one is no number.
    """
    (places, rows), (right, right_rows) = found, expected
    if not len(right) or not len(places):
        same = float(len(right) == len(places))
        return {'near': same, 'cosine': same}
    away = np.linalg.norm(right[:, None] - places, axis=2)  # (M, N)
    if unlike is not None:
        away[unlike] = np.inf
    nearest = away.argmin(1)
    near = away[np.arange(len(right)), nearest] <= NEAR_PX
    ours, theirs = (normalise_rows(float_rows(each))
                    for each in (right_rows[near], rows[nearest[near]]))
    cosines = (ours * theirs).sum(1)
    is_right = near.any() and np.isfinite(cosines).all()
    return {'near': float(near.mean()), 'cosine': float(np.median(cosines)) if is_right else 0.0}
