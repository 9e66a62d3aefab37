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


def test_what_f_says_without_h_is_among_the_scores(photographs):
    model, (pair,) = made(photographs)
    for name in ('images', 'keypoints', 'handcrafted', 'windows', 'valid'):
        pair[name][1] = pair[name][0]
    pair['projected'] = pair['keypoints'][0, :, :2]
    pair['handcrafted'][0] = 1.0  # tells nothing
    pair['windows'][:] = 0.0
    torch.nn.init.constant_(model.f.weight, 100.0)  # of the learned half
    scores = validate(model, [pair], 1)
    assert scores['recall_without_h'] < 0.1 and scores['recall'] > 0.5
    for parameter in model.h.parameters():
        torch.nn.init.zeros_(parameter)
    deaf = validate(model, [pair], 1)
    assert deaf['recall'] == deaf['recall_without_h'] == scores['recall_without_h']


@pytest.mark.parametrize('fusion', ['none', 'windows_alone'])
def test_where_h_is_alone_or_not_there_there_is_nothing_to_compare(photographs, fusion):
    model, pairs = made(photographs, fusion=fusion)
    assert 'recall_without_h' not in validate(model, pairs, 1)


def test_a_run_validates_at_the_shrink_that_runs(small_run, tmp_path):
    path = train(override(create(METHOD), small_run), tmp_path / 'run')
    card = export.export(path, tmp_path / 'out', '', '')
    assert card.shrink == 2 and card.scores['validation']['shrink'] == 2
    assert checkpoint.load(path).scores == card.scores['validation']


def test_the_papers_h_sees_whole_images(small_run, tmp_path):
    config = override(create('residual_sift_small', 'paper'), small_run)
    card = export.export(train(config, tmp_path / 'run'), tmp_path / 'out', '', '')
    assert card.shrink == 1 and 'shrink' not in card.scores['validation']
