# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import resource
import shutil
import signal
from types import SimpleNamespace

import pytest
import torch

from training import checkpoint
from training.checkpoint import CheckpointError, TrainState

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


def test_a_checkpoint_that_cannot_be_written_is_a_sentence_and_leaves_the_one_before(tmp_path):
    path = tmp_path / 'last.pt'
    checkpoint.save(path, STATE)
    before = path.read_bytes()
    # The limit of a file's size stands for a disk that is full: the writer fails midway.
    big = dataclasses.replace(STATE, step=6, model={'h.weight': torch.zeros(10**6)})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, limits[1]))
    try:
        with pytest.raises(CheckpointError, match=r'last\.pt: step 36 cannot be saved: .*MB free\)'
                                                  '; the one before is kept') as error:
            checkpoint.save(path, big)
        assert '\n' not in str(error.value)
        with pytest.raises(CheckpointError, match='there is none before it'):
            checkpoint.save(tmp_path / 'other.pt', big)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_called_so(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, 'disk_usage', lambda path: SimpleNamespace(free=0))

    def full(values, path):
        raise RuntimeError('[enforce fail at inline_container.cc:672] . unexpected pos 3 vs 2')
    monkeypatch.setattr(torch, 'save', full)
    with pytest.raises(CheckpointError, match=r'cannot be saved: the disk is full \(0 MB free\)'):
        checkpoint.save(tmp_path / 'last.pt', STATE)


def test_a_checkpoint_from_before_changes_were_recorded_is_read(tmp_path):
    values = {field.name: getattr(STATE, field.name) for field in dataclasses.fields(STATE)
              if field.name not in ('changes', 'photographs')}
    torch.save(values, tmp_path / 'last.pt')
    found = checkpoint.load(tmp_path / 'last.pt')
    assert (found.changes, found.photographs) == ([], '')
