# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
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


def test_a_run_validates_at_the_shrink_that_runs(small_run, tmp_path):
    path = train(override(create(METHOD), small_run), tmp_path / 'run')
    card = export.export(path, tmp_path / 'out', '', '')
    assert card.shrink == 2 and card.scores['validation']['shrink'] == 2
    assert checkpoint.load(path).scores == card.scores['validation']


def test_the_papers_h_sees_whole_images(small_run, tmp_path):
    config = override(create('residual_sift_small', 'paper'), small_run)
    card = export.export(train(config, tmp_path / 'run'), tmp_path / 'out', '', '')
    assert card.shrink == 1 and 'shrink' not in card.scores['validation']
