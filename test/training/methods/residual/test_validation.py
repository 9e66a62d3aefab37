# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
from support.residual_pairs import METHOD, made

from training import checkpoint, export
from training.config import override
from training.methods.residual.recipe import create
from training.methods.residual.validation import validate
from training.train import train


@pytest.mark.parametrize(('trained', 'shrink'), [(1, 1), (1, 2), (1, 3), (2, 2)])
def test_another_shrink_than_the_trained_one_is_among_the_scores(photographs, trained, shrink):
    model, pairs = made(photographs, trained)
    scores = validate(model, pairs, shrink)
    assert scores.get('shrink') == (shrink if shrink != trained else None)
    assert scores['ratio'] == pytest.approx(scores['recall'] / scores['recall_handcrafted'])


def test_what_h_says_alone_is_among_the_scores(photographs):
    model, (pair,) = made(photographs, 1)
    for name in ('images', 'keypoints', 'handcrafted', 'windows', 'valid'):
        pair[name][1] = pair[name][0]
    pair['projected'] = pair['keypoints'][0, :, :2]
    torch.nn.init.zeros_(model.f.weight)  # of what f learned
    scores = validate(model, [pair], 1)
    assert scores['recall_h'] > 0.9  # several keypoints at one place are one to h
    for parameter in model.h.parameters():
        torch.nn.init.zeros_(parameter)
    deaf = validate(model, [pair], 1)
    assert deaf['recall_h'] < 0.1 and deaf['recall'] == scores['recall'] > 0.9


def test_where_there_is_no_h_it_says_nothing(photographs):
    model, pairs = made(photographs, 1, 'windows_alone')
    assert 'recall_h' not in validate(model, pairs, 1)


def test_a_run_validates_at_the_shrink_that_runs(small_run, tmp_path):
    path = train(override(create(METHOD), small_run), tmp_path / 'run')
    card = export.export(path, tmp_path / 'out', '', '')
    assert card.shrink == 2 and card.scores['validation']['shrink'] == 2
    assert checkpoint.load(path).scores == card.scores['validation']


def test_the_papers_h_sees_whole_images(small_run, tmp_path):
    config = override(create('residual_sift_small', 'paper'), small_run)
    card = export.export(train(config, tmp_path / 'run'), tmp_path / 'out', '', '')
    assert card.shrink == 1 and 'shrink' not in card.scores['validation']
