# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import pytest
import torch

from training import checkpoint
from training.__main__ import main
from training.config import override
from training.methods.residual.recipe import create
from training.train import train


@pytest.fixture(scope='module')
def path(small_run, tmp_path_factory):
    config = override(create('residual_sift_small', 'paper'), small_run)
    return train(config, tmp_path_factory.mktemp('run'))


def test_the_scores_are_those_that_the_run_had(path, small_run, tmp_path, capsys):
    images = next(word for word in small_run if word.startswith('data.images='))
    out = tmp_path / 'saved.json'
    assert main(['validate', str(path), images, '--out', str(out)]) == 0
    saved, = json.loads(out.read_text())['runs'].values()
    state = checkpoint.load(path)
    assert saved['scores'] == pytest.approx(state.scores, rel=1e-3)
    assert saved['steps'] == state.steps
    for name in ('step', 'recall'):
        assert saved['recorded'][name] == pytest.approx([line[name] for line in state.history])
    assert saved['command'].startswith('python -m training train residual_sift_small')
    assert str(tmp_path) not in out.read_text() and images.partition('=')[2] not in out.read_text()
    assert 'recall' in capsys.readouterr().out


def test_a_silent_h_is_among_the_scores(path, small_run, tmp_path, capsys):
    state = checkpoint.load(path)
    assert state.scores['active'] > 0.01 and state.scores['length'] > 0
    silent = {name: torch.zeros_like(value) if name.startswith('h.') else value
              for name, value in state.model.items()}
    dead = tmp_path / 'dead.pt'
    torch.save({**vars(state), 'model': silent}, dead)
    images = next(word for word in small_run if word.startswith('data.images='))
    assert main(['validate', str(dead), images]) == 0
    assert 'active 0, length 0' in capsys.readouterr().out


def test_what_cannot_be_validated_is_one_sentence(tmp_path, capsys):
    assert main(['validate', 'data.images=DIR']) == 2
    assert main(['validate', str(tmp_path / 'none.pt')]) == 2
    assert 'no such checkpoint' in capsys.readouterr().err
