# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How the features of a whole network agree with those of the runtime."""
from __future__ import annotations

import numpy as np

from residual_features_ros.types import Features

NEAR_PX = 0.1  # of places that are the same
SAME_SIZE = 0.05  # of the logarithm of their sizes


def agreement(whole: Features, split: Features) -> dict[str, float]:
    """Compare features of one image: the share of places that both have, and their rows' cosine.

    Returns:
        near: share of the keypoints of `split` that `whole` has within NEAR_PX, of a size within
            5 %.
        cosine: median of their descriptors' cosines; of binary ones, 1 - 2 / bits for each
            different bit.
    """
    if not len(split) or not len(whole):
        same = float(len(split) == len(whole))
        return {'near': same, 'cosine': same}
    away = np.linalg.norm(split.keypoints[:, None] - whole.keypoints, axis=2)
    away[np.abs(np.log(split.sizes[:, None] / whole.sizes)) > SAME_SIZE] = np.inf
    nearest = away.argmin(1)
    near = away[np.arange(len(split)), nearest] <= NEAR_PX
    ours, theirs = split.descriptors[near], whole.descriptors[nearest[near]]
    if ours.dtype == np.uint8:
        cosines = 1 - 2 * np.unpackbits(ours ^ theirs, axis=1).mean(1)
    else:
        cosines = (ours * theirs).sum(1)
    return {'near': float(near.mean()), 'cosine': float(np.median(cosines)) if near.any() else 0.0}
