# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of places that were known again, the hardest of each sequence, and of mistakes."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from residual_features_ros.datasets.image_files import read_image
from residual_features_ros.drawing import WHITE, draw_matches
from residual_features_ros.geometry.epipolar import fundamental_inliers
from residual_features_ros.image import shrink
from residual_features_ros.loop_closing import MATCHER
from training.benchmarks.cache import Predictor
from training.benchmarks.place_sequences import PlaceSequence
from training.benchmarks.reports.extremes import LINE

INLIER_PX = 3.0
WIDTH = 900  # pixels of a pair


def shown(rows: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], str]]:
    """Return the right answer of the least score over all wrong ones, and the surest wrong one."""
    wrong = max((row for row in rows if row['answer'] is not None and not row['right']
                 and not row['doubtful']), key=lambda row: row['score'], default=None)
    least = wrong['score'] if wrong else -np.inf
    right = min((row for row in rows if row['right'] and row['score'] > least),
                key=lambda row: row['score'], default=None)
    return [(row, word) for row, word in ((right, 'right'), (wrong, 'wrong')) if row]


def picture(sequence: PlaceSequence, row: Mapping[str, Any], word: str, predictor: Predictor,
            longest: int) -> np.ndarray:
    """Return an image and its answer side by side, with the matches that geometry looks at."""
    numbers = row['image'], row['answer']
    images = tuple(shrink(read_image(sequence.paths[number]), longest)[0] for number in numbers)
    features = [predictor.extract(image) for image in images]
    matches = MATCHER.match(*features).indices
    starts, ends = (one.keypoints[matches[:, side]] for side, one in enumerate(features))
    agree = fundamental_inliers(starts, ends, INLIER_PX)
    drawn = draw_matches((images[0], images[1]), (starts, ends), agree)
    titled = cv2.copyMakeBorder(drawn, LINE, 0, 0, 0, cv2.BORDER_CONSTANT)
    words = (f'{sequence.name}: image {numbers[0]} and {numbers[1]}, {word}, '
             f'{row["score"]:.0f} agree')
    cv2.putText(titled, words, (8, LINE - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.6, WHITE, 1,
                cv2.LINE_AA)
    return cv2.resize(titled, (WIDTH, round(titled.shape[0] * WIDTH / titled.shape[1])),
                      interpolation=cv2.INTER_AREA)


def draw(sequences: Sequence[PlaceSequence], found: Mapping[str, Sequence[Mapping[str, Any]]],
         predictor: Predictor, longest: int) -> np.ndarray:
    """Return the pictures below each other; ValueError where no image was answered.

    Args:
        sequences: of images.
        found: the checked answers of a method by sequence.
        predictor: of that method.
        longest: pixels that images are shrunk to.
    """
    pictures = [picture(sequence, row, word, predictor, longest)
                for sequence in sequences for row, word in shown(found[sequence.name])]
    if not pictures:
        raise ValueError('no place was known again: there is nothing to draw')
    return np.vstack(pictures)
