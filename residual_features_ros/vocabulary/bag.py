# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What words an image has, and how alike those of two images are."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class BagOfWords:
    """The words of one image.

    words: (K,) int32, ascending.
    weights: (K,) float32 > 0 of sum 1, tf-idf as DBoW2 has it; both are empty for an image without
        words.
    """

    words: np.ndarray
    weights: np.ndarray

    def __post_init__(self) -> None:
        """Raise ValueError unless there is one weight for each word, and words ascend."""
        if self.words.ndim != 1 or self.words.shape != self.weights.shape:
            raise ValueError('a bag of words has one weight for each word, got '
                             f'{self.words.shape} words and {self.weights.shape} weights')
        if (np.diff(self.words) <= 0).any():
            raise ValueError('the words of a bag ascend, each of them once')

    def __len__(self) -> int:
        """Return the number of words."""
        return len(self.words)


def score(a: BagOfWords, b: BagOfWords) -> float:
    """Return DBoW2's L1 score of two images in [0, 1]: 1 - |a - b|_1 / 2, 0 with an empty bag.

    Of positive weights of sum 1 that is the sum of the smaller ones of the words of both.
    """
    _, rows, others = np.intersect1d(a.words, b.words, assume_unique=True, return_indices=True)
    return float(np.minimum(a.weights[rows], b.weights[others]).sum(dtype=np.float64))
