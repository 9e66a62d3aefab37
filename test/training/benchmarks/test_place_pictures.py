# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros import create_extractor
from training.benchmarks.cache import Predictor
from training.benchmarks.place_pictures import WIDTH, draw, shown
from training.benchmarks.place_sequences import PlaceSequence


def answer(score, right, doubtful=False, answer=0):
    return {'image': 1, 'answer': answer, 'score': score, 'right': right, 'doubtful': doubtful}


def test_the_hardest_right_answer_over_the_surest_wrong_one_is_shown():
    hard, wrong = answer(40, True), answer(30, False)
    rows = [answer(90, True), hard, wrong, answer(20, True), answer(70, False, doubtful=True),
            answer(0, False, answer=None)]
    assert shown(rows) == [(hard, 'right'), (wrong, 'wrong')]
    assert shown([answer(20, True), answer(30, False)]) == [(answer(30, False), 'wrong')]
    assert shown([answer(0, False, answer=None)]) == []


def test_pictures_stand_below_each_other(tmp_path):
    paths = []
    for number in range(2):
        paths.append(tmp_path / f'{number}.png')
        cv2.imwrite(str(paths[-1]), textured(240, 180))
    sequence = PlaceSequence('street', tuple(map(Path, paths)), np.arange(2))
    predictor = Predictor(create_extractor('orb', 100), None)
    drawn = draw([sequence], {'street': [answer(50, True)]}, predictor, 240)
    assert drawn.shape[1] == WIDTH and drawn.any()
    with pytest.raises(ValueError, match='no place was known again'):
        draw([sequence], {'street': []}, predictor, 240)
