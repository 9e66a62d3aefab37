# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from training import checkpoint
from training.config import override
from training.data.images import open_folder
from training.data.pairs import PairDataset
from training.methods.residual.loss import pair_loss
from training.methods.residual.model import ResidualNetwork, to_input
from training.methods.residual.recipe import MEAN, STD, create
from training.train import learning_rate, train

METHOD = 'residual_rootsift_small'


def test_a_resumed_run_equals_an_uninterrupted_one(small_run, tmp_path):
    config = override(create(METHOD), [*small_run, 'optim.schedule=constant'])
    whole = checkpoint.load(train(config, tmp_path / 'whole'))
    train(override(config, ['optim.steps=2']), tmp_path / 'parts')
    parts = checkpoint.load(train(config, tmp_path / 'parts'))
    assert whole['step'] == parts['step'] == 4
    for name, value in whole['model'].items():
        assert torch.equal(value, parts['model'][name]), name
    assert parts['scores'] == whole['scores']


def test_a_run_writes_config_scores_and_readable_logs(small_run, tmp_path):
    config = override(create(METHOD), small_run)
    path = train(config, tmp_path)
    assert json.loads((tmp_path / 'config.json').read_text())['method'] == METHOD
    log = EventAccumulator(str(tmp_path / 'logs')).Reload()
    assert [event.step for event in log.Scalars('train/loss')] == [1, 2, 3, 4]
    assert [event.step for event in log.Scalars('validation/recall')] == [0, 4]
    state = checkpoint.load(path)
    assert state['config'] == config
    assert 0 < state['scores']['recall_handcrafted'] <= 1
    before = path.stat().st_mtime_ns
    train(config, tmp_path)  # nothing left to do
    assert path.stat().st_mtime_ns == before


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
    dataset = PairDataset(open_folder(photographs), 'rootsift', config.data, 0, 2)
    items = [dataset[number] for number in range(2)]
    batch = {name: torch.from_numpy(np.stack([item[name] for item in items]))
             for name in items[0]}
    torch.manual_seed(0)
    model = ResidualNetwork(config.model)
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    losses = []
    for _ in range(40):
        rows = model(to_input(batch['images'].flatten(0, 1), MEAN, STD),
                     batch['keypoints'].flatten(0, 1), batch['handcrafted'].flatten(0, 1))
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
