# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Place recognition: which earlier image of a sequence shows the same place, by bags of words.

Each image asks for the most alike one of those well before it, with its L1 score, as a back-end
that looks for loops does. Where a sequence comes back to places, by its poses, it asks for images
more than 20 frames before, and the answer is right where both poses are near; else for those 5
frames before and more, and it is right up to 20 frames before (place_sequences.truth_of).

Answers within 1.5 times these limits are neither right nor wrong: they count for nothing, as do
the images that gave them.

Words alone answer by their score. `checked`, as the node's loop_candidates, the best few by words
are looked at by geometry, and the one whose keypoints agree most with one answers, by how many.

precision_1: recall at precision 1, the share of the images with a right answer to be had that are
answered rightly over the least threshold that lets no wrong answer pass. recall_1: the share of
them whose answer is right. auc: the average precision of the answers, over these images.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from residual_features_ros.config import LoopConfig, split_method
from residual_features_ros.datasets.image_files import read_image, write_image
from residual_features_ros.image import shrink
from residual_features_ros.loop_closing import checked, packed
from residual_features_ros.outputs import refuse_existing
from residual_features_ros.text_table import table
from residual_features_ros.types import Features
from residual_features_ros.vocabulary.bag import BagOfWords
from residual_features_ros.vocabulary.files import VocabularyCard, load_vocabulary
from residual_features_ros.vocabulary.inverted_index import InvertedIndex
from residual_features_ros.vocabulary.tree import Vocabulary
from training.benchmarks.cache import Predictor, counts, open_predictors
from training.benchmarks.place_options import PlaceOptions
from training.benchmarks.place_pictures import draw
from training.benchmarks.place_sequences import PlaceSequence, Truth, open_sequences, truth_of
from training.benchmarks.results import save
from training.benchmarks.weights import find_weights

NUMBERS = {'precision_1': 'recall at precision 1', 'recall_1': 'recall@1', 'auc': 'AUC'}
Answers = list[dict[str, Any]]
LOOKED_AT = LoopConfig().loop_count  # images, as the node does


class ByWords:
    """Earlier images that are asked by their words alone."""

    def __init__(self, bags: Sequence[BagOfWords]) -> None:
        """Hold the words of all images."""
        self.bags, self.index = bags, InvertedIndex(len(bags))

    def ask(self, image: int, before: int) -> tuple[int, float] | None:
        """Return the answer among the first `before` images and its score, None for none."""
        return next(iter(self.index.query(self.bags[image], 1, before=before)), None)

    def add(self, image: int) -> None:
        """Let later images ask this one."""
        self.index.add(self.bags[image])


class Checked(ByWords):
    """The same, of which geometry chooses."""

    def __init__(self, bags: Sequence[BagOfWords], features: Sequence[Features]) -> None:
        """Hold the words and the features of all images."""
        super().__init__(bags)
        self.features, self.packed = features, [packed(one) for one in features]

    def ask(self, image: int, before: int) -> tuple[int, float] | None:
        """Return the answer and how many keypoints agree, None where none does."""
        found = [(answer, float(checked(self.features[image], (0, 0), self.packed[answer],
                                        score).inliers))
                 for answer, score in self.index.query(self.bags[image], LOOKED_AT, before)]
        best = max(found, key=lambda one: one[1], default=None)
        return best if best and best[1] else None


def answers(asked: ByWords, truth: Truth) -> Answers:
    """Return a row for each image that has earlier ones to ask: image, answer, score, right.

    answer is None, and the score 0, where no earlier image is like it. right and doubtful say what
    it is, possible whether there is a right one.
    """
    rows = []
    for image in range(len(asked.bags)):
        allowed = int(truth.allowed[image].sum())  # the earliest ones, since frames ascend
        if allowed:
            answer, score = asked.ask(image, allowed) or (None, 0.0)
            is_right, is_doubtful = (answer is not None and bool(said[image, answer])
                                     for said in (truth.right, truth.doubtful))
            rows.append({'image': image, 'answer': answer, 'score': score, 'right': is_right,
                         'doubtful': is_doubtful, 'possible': bool(truth.right[image].any())})
        asked.add(image)
    return rows


def numbers_of(rows: Answers) -> dict[str, float]:
    """Return NUMBERS of the answers that are not doubtful, 0 where no image has a right one."""
    rows = [row for row in rows if not row['doubtful']]
    possible = sum(row['possible'] for row in rows)
    given = sorted((row for row in rows if row['answer'] is not None),
                   key=lambda row: -row['score'])
    right = np.array([row['right'] for row in given], bool)
    scores = np.array([row['score'] for row in given])
    if not possible or not len(given):
        return dict.fromkeys(NUMBERS, 0.0)
    highest_wrong = scores[~right].max(initial=-np.inf)
    return {'precision_1': float((right & (scores > highest_wrong)).sum() / possible),
            'recall_1': float(right.sum() / possible),
            'auc': average_precision(scores, right, possible)}


def average_precision(scores: np.ndarray, right: np.ndarray, possible: int) -> float:
    """Return the area under precision against recall; answers of one score count together.

    Args:
        scores: (N,) descending.
        right: (N,) bool.
        possible: of how many answers recall is a share.
    """
    last = np.flatnonzero(np.append(scores[1:] != scores[:-1], True))  # of each score
    hits = np.cumsum(right)[last]
    return float((hits / (last + 1) * np.diff(hits, prepend=0)).sum() / possible)


def evaluate(sequences: Sequence[PlaceSequence], truths: Mapping[str, Truth],
             predictors: Mapping[str, Predictor],
             vocabularies: Mapping[str, Vocabulary], longest: int) -> dict[str, Any]:
    """Return the answers by method, by words and checked, and sequence.

    Images are shrunk to `longest` pixels.
    """
    found: dict[str, dict[str, Answers]] = {
        name: {} for method in predictors for name in (method, f'{method}, checked')}
    for sequence in sequences:
        bags: dict[str, list[BagOfWords]] = {method: [] for method in predictors}
        kept: dict[str, list[Features]] = {method: [] for method in predictors}
        for path in tqdm(sequence.paths, desc=sequence.name, unit='image', disable=None):
            image, _ = shrink(read_image(path), longest)
            for method, predictor in predictors.items():
                features = predictor.extract(image)
                bags[method].append(vocabularies[method].transform(features.descriptors))
                kept[method].append(features)
        truth = truths[sequence.name]
        for method, ones in bags.items():
            found[method][sequence.name] = answers(ByWords(ones), truth)
            found[f'{method}, checked'][sequence.name] = answers(
                Checked(ones, kept[method]), truth)
    return found


def summarise(found: Mapping[str, Mapping[str, Answers]]) -> dict[str, Any]:
    """Return NUMBERS by method and sequence, and 'mean', that of the sequences."""
    summary: dict[str, Any] = {}
    for method, by_sequence in found.items():
        parts = {name: numbers_of(rows) for name, rows in by_sequence.items()}
        parts['mean'] = {number: float(np.mean([part[number] for part in parts.values()]))
                         for number in NUMBERS}
        summary[method] = parts
    return summary


def text(summary: Mapping[str, Any], truths: Mapping[str, Truth]) -> str:
    """Return a table: a row for each method and sequence."""
    rows = [[name, truths[name].kind if name in truths else '-', method,
             *(f'{parts[name][number]:.3f}' for number in NUMBERS)]
            for name in next(iter(summary.values())) for method, parts in summary.items()]
    return table(['sequence', 'truth', 'method', *NUMBERS.values()], rows)


def open_vocabularies(
        options: PlaceOptions) -> dict[str, tuple[Vocabulary, VocabularyCard | None]]:
    """Return the vocabulary of each method; see load_vocabulary for the errors."""
    protocol = options.protocol
    return {name: load_vocabulary(split_method(name)[0], options.vocabularies, weights)
            for name, weights in find_weights(protocol.methods, protocol.weights).items()}


def main(options: PlaceOptions) -> str:
    """Evaluate, return the table; with files.out also save the numbers.

    Raises:
        OutputError: the picture that is asked for is there already.
    """
    protocol, files = options.protocol, options.files
    if options.pictures:
        refuse_existing([options.pictures])
    sequences = open_sequences(options.root, options.sequences)
    truths = {one.name: truth_of(one, options.revisit) for one in sequences}
    opened = open_vocabularies(options)
    predictors = open_predictors(protocol, files.cache)
    found = evaluate(sequences, truths, predictors,
                     {method: vocabulary for method, (vocabulary, _) in opened.items()},
                     max(protocol.size))
    summary = summarise(found)
    if options.pictures:
        method = list(predictors)[-1]
        drawn = draw(sequences, found[f'{method}, checked'], predictors[method],
                     max(protocol.size))
        write_image(str(options.pictures), drawn)
    if files.out:
        save('place_recognition', options, predictors, {
            'data': {'what': files.data, 'sequences': {
                one.name: {'images': len(one), 'truth': truths[one.name].kind,
                           'with_a_right_answer': int(truths[one.name].right.any(1).sum())}
                for one in sequences}},
            'vocabularies': {method: {'words': len(vocabulary.words),
                                      'sha256': card.sha256 if card else None}
                             for method, (vocabulary, card) in opened.items()},
            'summary': summary, **({} if files.brief else {'answers': found})})
    return f'{text(summary, truths)}\n{counts(predictors, files.cache)}'
