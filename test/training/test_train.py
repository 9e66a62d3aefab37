# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from residual_features_ros.errors import ConfigError
from training import checkpoint
from training.checks import check
from training.config import override, to_dict
from training.distributed import Group
from training.methods.residual.method import Describer
from training.methods.residual.model import ResidualNetwork
from training.methods.residual.recipe import create
from training.phase_timer import PhaseTimer
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


@pytest.mark.parametrize('setting, processes, message', [
    ('precision=fp16', 1, 'auto, bf16, fp32'),
    ('loss.kind=superpoint', 1, r'model\.fusion=none'),
    ('loss.kind=distil', 1, r'loss\.teacher'),
    ('optim.batch=3', 2, 'cannot be shared by 2')])
def test_settings_that_cannot_be_had_are_refused(setting, processes, message):
    with pytest.raises(ConfigError, match=message):
        check(override(create(METHOD), [setting]), Group(0, processes, torch.device('cpu')))
