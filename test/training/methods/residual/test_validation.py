# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch

from training import checkpoint, export
from training.config import override
from training.data.sources.images import open_folder
from training.methods.residual.data import open_dataset
from training.methods.residual.model import (
    ResidualNetwork,
)
from training.methods.residual.recipe import create
from training.methods.residual.validation import validate
from training.train import train

METHOD = 'residual_rootsift_small'


def made(photographs, shrink=1):
    """Return a model of random weights and a pair to validate on."""
    config = override(create(METHOD), ['data.size=(128, 96)', 'data.keypoints=60',
                                       f'model.shrink={shrink}'])
    torch.manual_seed(0)
    model = ResidualNetwork(config.model).eval()
    torch.nn.init.normal_(model.h[-1].weight)  # so that h decides
    return model, [open_dataset(open_folder(photographs), config, 0, 1)[0]]


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
