# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which images have a word, and so which are like a new one."""
from __future__ import annotations

from array import array
from collections import deque

import numpy as np

from residual_features_ros.vocabulary.bag import BagOfWords

WORD_BYTES, POSTING_BYTES = 20, 300  # of a word of an image; of one that any image has, beside it


class InvertedIndex:
    """The bags of the newest images by word; for one thread at a time.

    Images are numbered in the order they came in, from 0 on, and keep their numbers. A word of an
    image takes about 20 bytes, so 1000 images of 500 words about 10 MB, and a word that any of
    them has about 300.
    """

    def __init__(self, capacity: int) -> None:
        """Hold `capacity` images at most; the oldest leave."""
        if capacity < 1:
            raise ValueError(f'capacity must be 1 image or more, got {capacity}')
        self.capacity = capacity
        self.first = 0  # number of the oldest image that is held
        self._held: deque[np.ndarray] = deque()  # the words of each
        self._words = 0  # of all of them together
        self._postings: dict[int, tuple[array[int], array[float]]] = {}  # numbers and weights

    def __len__(self) -> int:
        """Return how many images are held."""
        return len(self._held)

    @property
    def nbytes(self) -> int:
        """Return about how many bytes the images take."""
        return WORD_BYTES * self._words + POSTING_BYTES * len(self._postings)

    def add(self, bag: BagOfWords) -> int:
        """Hold an image and return its number."""
        if len(self) == self.capacity:
            self._forget()
        number = self.first + len(self)
        for word, weight in zip(bag.words.tolist(), bag.weights.tolist(), strict=True):
            numbers, weights = self._postings.setdefault(word, (array('q'), array('f')))
            numbers.append(number)
            weights.append(weight)
        self._held.append(bag.words.copy())
        self._words += len(bag)
        return number

    def _forget(self) -> None:
        """Let the oldest image go, which is the first one of each of its words."""
        words = self._held.popleft().tolist()
        self._words -= len(words)
        for word in words:
            numbers, weights = self._postings[word]
            del numbers[0], weights[0]
            if not numbers:
                del self._postings[word]
        self.first += 1

    def scores(self, bag: BagOfWords) -> np.ndarray:
        """Return the scores (H,) float64 (bag.score) of the images held, number `first` on."""
        found = [(self._postings[word], weight) for word, weight
                 in zip(bag.words.tolist(), bag.weights.tolist(), strict=True)
                 if word in self._postings]
        if not found:
            return np.zeros(len(self))
        numbers = np.concatenate([np.frombuffer(held, np.int64) for (held, _), _ in found])
        shared = np.concatenate([np.minimum(np.frombuffer(weights, np.float32), np.float32(weight))
                                 for (_, weights), weight in found])
        return np.bincount(numbers - self.first, shared, len(self))

    def query(self, bag: BagOfWords, count: int,
              before: int | None = None) -> list[tuple[int, float]]:
        """Return the numbers and scores of the `count` images most like `bag`, the best first.

        Images that share no word are left out; of equal ones the earlier comes first.

        Args:
            bag: of any image.
            count: most images.
            before: only images of smaller numbers; None for all that are held.
        """
        scores = self.scores(bag)
        if before is not None:
            scores = scores[:max(before - self.first, 0)]
        best = np.argsort(-scores, kind='stable')[:count]
        return [(self.first + int(row), float(scores[row])) for row in best if scores[row] > 0]
