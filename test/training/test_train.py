# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import time

import numpy as np
import pytest
import torch
from support.losses import pair_loss
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from residual_features_ros.errors import ConfigError
from training import checkpoint
from training.config import override, to_dict
from training.data.sources.images import open_folder
from training.distributed import Group
from training.methods.residual.data import open_dataset
from training.methods.residual.method import Describer
from training.methods.residual.model import ResidualNetwork, to_input
from training.methods.residual.recipe import MEAN, STD, create
from training.phase_timer import PHASES, PhaseTimer
from training.train import check, learning_rate, train, use_bf16

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


def test_a_run_tells_its_speed_and_where_the_time_went(small_run, tmp_path):
    config = override(create(METHOD), [
        *small_run, 'validate_at=(1, 3)', 'precision=fp32'])
    started = time.perf_counter()
    state = checkpoint.load(train(config, tmp_path))
    whole = time.perf_counter() - started
    summary = json.loads((tmp_path / 'summary.json').read_text())
    assert tuple(summary['seconds']) == PHASES and min(summary['seconds'].values()) > 0
    training = sum(summary['seconds'].values()) - summary['seconds']['validation']
    assert summary['pairs_per_second'] == pytest.approx(4 * 2 / training)
    assert (summary['device'], summary['precision'], summary['processes']) == (
        'cpu', 'fp32', 1)
    log = EventAccumulator(str(tmp_path / 'logs')).Reload()
    assert sum(log.Scalars(f'time/{phase}')[0].value for phase in PHASES) == pytest.approx(1)
    assert [line['step'] for line in state.history] == [0, 1, 3, 4]
    seconds = [line['seconds'] for line in state.history]
    assert seconds[0] == 0 and seconds == sorted(seconds) and seconds[-1] <= training < whole


def test_the_clock_gives_each_phase_the_time_since_the_last_mark(monkeypatch):
    times = iter([10.0, 11.0, 13.0, 17.0, 18.0])
    monkeypatch.setattr(time, 'perf_counter', lambda: next(times))
    timer = PhaseTimer(torch.device('cpu'))
    timer.start()
    for phase in ('data', 'h', 'validation'):
        timer.mark(phase)
    timer.settle()
    timer.mark('data')
    timer.settle()
    timer.settle()
    found = {phase: seconds for phase, seconds in timer.seconds.items() if seconds}
    assert found == {'data': 2, 'h': 2, 'validation': 4}
    assert timer.training() == 4


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


def test_h_comes_near_its_teacher_and_f_stays(small_run, tmp_path):
    teacher = train(override(create(METHOD), small_run), tmp_path / 'teacher')
    config = override(create('residual_rootsift'), [
        *small_run, f'pretrained={teacher}:f', f'loss.teacher={teacher}', 'loss.kind=distil',
        'optim.steps=12', 'optim.warmup_steps=0'])
    path = train(config, tmp_path / 'pupil')
    start, end = (checkpoint.load(p).model for p in (teacher, path))
    assert all(torch.equal(end[name], start[name]) for name in start if name.startswith('f.'))
    losses = [event.value for event in EventAccumulator(str(path.parent / 'logs')).Reload()
              .Scalars('train/loss')]
    assert losses[-1] < 0.8 * losses[0]
    with pytest.raises(ConfigError, match='one process'):
        check(config, Group(0, 2, torch.device('cpu')))


def test_another_networks_checkpoint_is_refused(small_run, tmp_path):
    train(override(create(METHOD), small_run), tmp_path)
    with pytest.raises(ValueError, match=f'a checkpoint of {METHOD}'):
        train(override(create('residual_sift_small'), small_run), tmp_path)


@pytest.mark.parametrize('content', [b'', b'text', None])
def test_what_is_no_checkpoint_is_named(content, tmp_path):
    path = tmp_path / 'last.pt'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=r'last\.pt'):
        checkpoint.load(path)


@pytest.mark.parametrize('recipe', ['ours', 'paper'])
def test_one_batch_can_be_learned_by_heart(photographs, recipe):
    config = override(create(METHOD, recipe), ['data.size=(128, 96)', 'data.keypoints=60'])
    dataset = open_dataset(open_folder(photographs), config, 0, 2)
    items = [dataset[number] for number in range(2)]
    batch = {name: torch.from_numpy(np.stack([item[name] for item in items]))
             for name in items[0]}
    torch.manual_seed(0)
    model = ResidualNetwork(config.model)
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    losses = []
    for _ in range(60):
        rows = model(to_input(batch['images'].flatten(0, 1), MEAN, STD), *(
            batch[name].flatten(0, 1) for name in ('keypoints', 'handcrafted', 'windows')))
        loss = pair_loss(rows.unflatten(0, (2, 2)), batch, config.loss)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    # InfoNCE ends at 0; the hinge with m = 2 at 2 - sqrt 2 or less (negatives at right angles).
    assert losses[-1] < (0.1 * losses[0] if recipe == 'ours' else 0.85)


def test_learning_rate_schedules():
    optim = create(METHOD).optim
    assert learning_rate(optim, 0) == pytest.approx(optim.lr / optim.warmup_steps, rel=1e-3)
    assert learning_rate(optim, optim.steps // 2) == pytest.approx(optim.lr / 2)
    assert learning_rate(optim, optim.steps) == pytest.approx(0)
    paper = create(METHOD, 'paper').optim
    assert learning_rate(paper, 0) == learning_rate(paper, 50_000) == 1e-3
