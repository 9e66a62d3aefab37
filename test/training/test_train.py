# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from training import checkpoint, methods
from training.config import override, to_dict
from training.divergence import DivergedError
from training.export import export
from training.methods.residual.method import Describer
from training.methods.residual.model import ResidualNetwork
from training.methods.residual.recipe import create
from training.phase_timer import PhaseTimer
from training.progress import Progress
from training.train import train, use_bf16

METHOD = 'residual_rootsift_small'


def test_a_resumed_run_equals_an_uninterrupted_one(small_run, tmp_path):
    config = override(create(METHOD), [*small_run, 'optim.schedule=constant'])
    whole = checkpoint.load(train(config, tmp_path / 'whole'))
    train(override(config, ['optim.steps=2']), tmp_path / 'parts')
    parts = checkpoint.load(train(config, tmp_path / 'parts'))
    assert whole.step == parts.step == 4
    for name, value in whole.model.items():
        assert torch.equal(value, parts.model[name]), name
    assert parts.scores == whole.scores


def test_a_run_writes_config_scores_and_readable_logs(small_run, tmp_path):
    config = override(create(METHOD), small_run)
    path = train(config, tmp_path)
    assert json.loads((tmp_path / 'config.json').read_text())['method'] == METHOD
    log = EventAccumulator(str(tmp_path / 'logs')).Reload()
    assert [event.step for event in log.Scalars('train/loss')] == [1, 2, 3, 4]
    assert [event.step for event in log.Scalars('validation/recall')] == [0, 4]
    state = checkpoint.load(path)
    assert state.config == to_dict(config)
    assert 0 < state.scores['recall_handcrafted'] <= 1
    assert [line['step'] for line in state.history] == [0, 4]
    before = path.stat().st_mtime_ns
    train(config, tmp_path)  # nothing left to do
    assert path.stat().st_mtime_ns == before


def test_the_best_checkpoint_is_kept_beside_the_last(small_run, tmp_path, capsys, monkeypatch):
    recalls = iter([0.9, 0.2, 0.5, 0.5, 0.3])  # before the first step, then behind each
    monkeypatch.setattr('training.methods.residual.method.validate', lambda *_: {
        'recall': next(recalls), 'ratio': 1.0})
    config = override(create(METHOD), [*small_run, 'validate_every=1', 'model.fusion=residual'])
    last = checkpoint.load(train(config, tmp_path))
    found = checkpoint.load(tmp_path / 'best.pt')
    assert (found.step, found.scores['recall']) == (2, 0.5)
    assert (last.step, last.scores['recall']) == (4, 0.3)
    assert 'best.pt is of step 2: recall 0.5000, at the end 0.3000' \
        in capsys.readouterr().out
    card = export(tmp_path / 'best.pt', tmp_path / 'out', 'none', 'photographs')
    assert card.training['steps'] == 2 and card.scores['validation']['recall'] == 0.5


def test_a_stage_that_is_cut_short_where_it_is_leaves_its_weights(small_run, tmp_path):
    settings = [word for word in small_run if not word.startswith('optim')]
    config = override(methods.create('posfeat', 'short'), [
        *settings, 'stages.describe.steps=4', 'stages.detect.steps=1', 'stages.describe.batch=1',
        'stages.detect.batch=1', 'data.size=(96, 64)', 'stages.describe.schedule=constant'])
    monkeyed = Progress.note

    def killed(self, stage, step, values):
        monkeyed(self, stage, step, values)
        if step == 3:
            raise KeyboardInterrupt
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Progress, 'note', killed)
        with pytest.raises(KeyboardInterrupt, match='has step 2'):
            train(config, tmp_path)
    state = checkpoint.load(train(override(config, ['stages.describe.steps=2']), tmp_path))
    assert (state.stage, state.step, state.steps) == ('detect', 1, 3)
    assert checkpoint.load(tmp_path / 'describe.pt').step == 2


def test_photographs_without_keypoints_teach_nothing_and_that_is_said(small_run, tmp_path):
    folder = tmp_path / 'plain'
    folder.mkdir()
    for number in range(3):
        ramp = np.add.outer(np.linspace(0, 100, 240), np.linspace(0, 150, 320))
        cv2.imwrite(str(folder / f'{number}.png'), ramp.astype(np.uint8))
    config = override(create(METHOD), [
        *small_run, f'data.images={folder}', 'data.photometric.noise=0.0', 'optim.steps=2'])
    with pytest.raises((DivergedError, ValueError), match=r'nothing was learned|only label maps'):
        train(config, tmp_path / 'run')
    assert not (tmp_path / 'run' / 'last.pt').exists()


def test_nothing_of_another_run_is_lost(small_run, tmp_path, capsys):
    config = override(create(METHOD), [*small_run, 'optim.steps=1'])
    out = tmp_path / 'run'
    before = train(config, out).read_bytes()
    other = override(create('residual_sift'), small_run)
    with pytest.raises(ValueError, match='a checkpoint of residual_rootsift_small'):
        train(other, out)
    assert json.loads((out / 'config.json').read_text())['method'] == METHOD
    train(override(config, ['seed=5']), out, resume=False)
    assert f'{out}: what was there is now {out}_2' in capsys.readouterr().out
    assert (tmp_path / 'run_2' / 'last.pt').read_bytes() == before
    (out / 'last.pt').unlink()
    train(config, out)
    assert json.loads((out / 'config_2.json').read_text())['seed'] == 5


@pytest.mark.parametrize('backbone', ['small', 'full'])
def test_a_step_in_bf16_is_near_one_in_fp32(small_run, tmp_path, backbone):
    losses, maps = {}, []
    for precision in ('fp32', 'bf16'):
        config = override(create(METHOD), [
            *small_run, 'optim.steps=1', f'precision={precision}', f'model.backbone={backbone}'])
        state = checkpoint.load(train(config, tmp_path / precision))
        assert all(value.isfinite().all() for value in state.model.values())
        assert state.model['h.0.weight'].dtype == torch.float32
        log = EventAccumulator(str(tmp_path / precision / 'logs')).Reload()
        losses[precision] = log.Scalars('train/loss')[0].value
        model = ResidualNetwork(config.model)
        model.h.register_forward_hook(lambda module, inputs, output: maps.append(output.dtype))
        describe = Describer(model, precision == 'bf16', PhaseTimer(torch.device('cpu')))
        rows, dense = describe(torch.zeros(1, 2, 32, 32, 3, dtype=torch.uint8),
                               torch.ones(1, 2, 3, 4), torch.ones(1, 2, 3, 128),
                               torch.ones(1, 2, 3, 4, 12, 12))
        assert rows.dtype == dense.dtype == torch.float32
    assert maps == [torch.float32, torch.bfloat16]
    assert losses['bf16'] == pytest.approx(losses['fp32'], rel=0.05)
    assert losses['bf16'] != losses['fp32']


def test_auto_precision_is_bf16_where_the_cpu_is_fast_at_it(monkeypatch):
    cpu = torch.device('cpu')
    for amx, avx512 in ((True, False), (False, True), (False, False)):
        monkeypatch.setattr(torch.cpu, '_is_amx_tile_supported', lambda amx=amx: amx)
        monkeypatch.setattr(torch.cpu, '_is_avx512_bf16_supported', lambda avx512=avx512: avx512)
        assert use_bf16('auto', cpu) == (amx or avx512)
    assert use_bf16('bf16', cpu) and not use_bf16('fp32', cpu)
