# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import pytest
import torch

from training import checkpoint
from training.checkpoint import TrainState

STATE = TrainState(
    config={'method': 'toy', 'size': (3, 4)}, stage='second', step=5, before=30,
    model={'h.weight': torch.arange(3.0)}, optimizer={'state': {}, 'param_groups': []},
    rng=torch.get_rng_state(), scores={'recall': 0.5},
    history=[{'stage': 'second', 'step': 5, 'seconds': 1.5, 'recall': 0.5}],
    seconds={'data': 1.0})


def test_what_is_saved_is_loaded(tmp_path):
    path = tmp_path / 'last.pt'
    checkpoint.save(path, STATE)
    found = checkpoint.load(path)
    for field in dataclasses.fields(TrainState):
        expected, value = getattr(STATE, field.name), getattr(found, field.name)
        if field.name == 'model':
            assert torch.equal(value['h.weight'], expected['h.weight'])
        elif field.name == 'rng':
            assert torch.equal(value, expected)
        else:
            assert value == expected
    assert found.steps == 35
    assert [path.name for path in tmp_path.iterdir()] == ['last.pt']


def test_a_run_that_is_killed_while_it_writes_keeps_its_last_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / 'last.pt'
    checkpoint.save(path, STATE)

    def killed(values, path):
        path.write_bytes(b'half')
        raise KeyboardInterrupt
    monkeypatch.setattr(torch, 'save', killed)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.save(path, dataclasses.replace(STATE, step=6))
    assert checkpoint.load(path).step == 5


@pytest.mark.parametrize('content', [b'', b'text', None])
def test_what_is_no_checkpoint_is_named(content, tmp_path):
    path = tmp_path / 'last.pt'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=r'last\.pt'):
        checkpoint.load(path)


def test_a_file_of_another_trainer_is_named(tmp_path):
    torch.save({'model': {}, 'epoch': 3}, tmp_path / 'last.pt')
    with pytest.raises(ValueError, match=r'last\.pt: not a checkpoint of this trainer'):
        checkpoint.load(tmp_path / 'last.pt')
