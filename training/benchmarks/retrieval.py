# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which images of a scene look alike, by bags of words: pairs where all of them are too many.

The words are those of METHOD whatever method is evaluated, so that all methods are asked to match
the same pairs.
"""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from residual_features_ros import create_extractor
from residual_features_ros.datasets.posed_images import Scene
from residual_features_ros.vocabulary.bag import BagOfWords
from residual_features_ros.vocabulary.files import load_vocabulary
from residual_features_ros.vocabulary.inverted_index import InvertedIndex
from training.benchmarks.cache import Predictor
from training.benchmarks.protocol import BACKEND

METHOD = 'residual_hessian_small_binary'  # whose vocabulary is shipped
SIZE, KEYPOINTS = (640, 640), 1000  # that images are shrunk to fit into; of each


def bags_of(scene: Scene, cache: Path | None) -> list[BagOfWords]:
    """Return the words of each image of a scene; no features stay in memory.

    cache: folder of METHOD's features, None for none.

    Raises:
        VocabularyError: METHOD's vocabulary is missing or damaged.
    """
    vocabulary, _ = load_vocabulary(METHOD)
    predictor = Predictor(create_extractor(METHOD, KEYPOINTS, BACKEND), cache)
    return [vocabulary.transform(predictor.extract(image.read(SIZE)[0]).descriptors)
            for image in tqdm(scene.images, desc=f'{scene.name}: words', unit='image',
                              disable=None)]


def most_alike(bags: Sequence[BagOfWords], asking: Sequence[int], among: Sequence[int],
               count: int) -> dict[int, list[int]]:
    """Return, for each of `asking`, the `count` of `among` beside it that share the most words.

    The best comes first, of equal ones the earlier; one that shares no word is not there.
    """
    index = InvertedIndex(len(among))
    for number in among:
        index.add(bags[number])
    found = {}
    for number in asking:
        alike = [among[place] for place, _ in index.query(bags[number], count + 1)]
        found[number] = [other for other in alike if other != number][:count]
    return found


def pairs_of_alike(bags: Sequence[BagOfWords], count: int) -> list[tuple[int, int]]:
    """Return the sorted pairs of each image and the `count` most alike."""
    numbers = range(len(bags))
    return sorted({(min(a, b), max(a, b))
                   for a, others in most_alike(bags, numbers, numbers, count).items()
                   for b in others})
