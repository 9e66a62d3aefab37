# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch
from support.losses import pair_loss
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from residual_features_ros.errors import ConfigError
from training import checkpoint
from training.checks import check
from training.config import override
from training.data.sources.images import open_folder
from training.distributed import Group
from training.methods.residual.data import open_dataset
from training.methods.residual.model import ResidualNetwork, to_input
from training.methods.residual.recipe import MEAN, STD, create
from training.train import train

METHOD = 'residual_rootsift_small'


def test_h_comes_near_its_teacher_and_f_stays(small_run, tmp_path):
    teacher = train(override(create(METHOD), small_run), tmp_path / 'teacher')
    config = override(create(METHOD), [
        'model.backbone=full',
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


def test_a_frozen_h_is_another_methods_in_every_bit(small_run, tmp_path):
    alone = [*small_run, 'optim.warmup_steps=0']
    shown = train(override(create('residual_sift', 'paper'), alone), tmp_path / 'sift')
    path = train(override(create('residual_rootsift', 'paper'), [
        *alone, f'pretrained={shown}', 'frozen=h']), tmp_path / 'rootsift')
    start, end = (checkpoint.load(p).model for p in (shown, path))
    same = {name for name in start if torch.equal(end[name], start[name])}
    assert same >= {name for name in start if name.startswith('h.')}  # BatchNorm's statistics too
    assert not any(name in same for name in start if name.startswith('f.') and 'weight' in name)


@pytest.mark.parametrize('method, settings, words', [
    ('residual_sift', ['frozen=h'], 'frozen=h needs pretrained='),
    ('residual_sift', ['frozen=g', 'pretrained=residual_sift'], 'frozen'),
    ('cnn_sift', ['frozen=h', 'pretrained=residual_sift:h'], 'cnn_sift has no other network')])
def test_a_frozen_network_that_leaves_nothing_to_train_is_refused(method, settings, words):
    with pytest.raises(ConfigError, match=words):
        check(override(create(method), settings), Group(0, 1, torch.device('cpu')))
