# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import numpy as np
import pytest
import torch
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.errors import ConfigError
from training import checkpoint, detected
from training.__main__ import main
from training.config import override
from training.data.sources.images import open_folder
from training.distributed import Group
from training.export import export
from training.methods.goodpoint import method
from training.methods.goodpoint.config import CornerConfig, LossConfig
from training.methods.goodpoint.data import NoisyPairs, corners_of
from training.methods.goodpoint.loss import pair_losses
from training.methods.goodpoint.recipe import RECIPES, create
from training.pretrained import load_pretrained
from training.train import train

TINY = ['data.size=(64, 64)', 'model.backbone=small', 'model.head=32', 'model.dim=32',
        'data.keypoints=50', 'precision=fp32', 'warp.shift_px=4', 'warp.perspective_px=12',
        'threshold=0']


@pytest.fixture(scope='module')
def settings(small_run):
    return [setting.replace('optim.steps', 'stages.train.steps').replace(
        'optim.batch', 'stages.train.batch') for setting in small_run] + TINY


@pytest.fixture(scope='module')
def trained(settings, tmp_path_factory):
    """Return the checkpoint of a run of 2 and 4 steps, stopped after 2 and 2 and resumed."""
    config = override(create('goodpoint', 'short'), [
        *settings, *(f'stages.{name}.{setting}' for name in ('corners', 'train') for setting in (
            'schedule=constant', 'warmup_steps=0', 'lr=0.01', 'batch=2')),
        'stages.corners.steps=2'])
    out = tmp_path_factory.mktemp('goodpoint')
    train(override(config, ['stages.train.steps=2']), out / 'parts')
    return train(config, out / 'parts'), config


@pytest.fixture(scope='module')
def exported(trained):
    path, _ = trained
    return export(path, path.parent / 'export', 'any', 'made pictures')


def test_recipes_differ_by_values_and_the_first_is_the_papers():
    assert next(iter(RECIPES)) == 'paper'
    for name in RECIPES:
        config = create('goodpoint', name)
        assert [stage.name for stage in method.stages(config)] == ['corners', 'train']
        optim = config.stages.train
        assert optim.optimiser == 'adamw' and optim.weight_decay == 0.01
    assert create('goodpoint').stages.corners.steps == 0  # the paper has no such stage
    paper = create('goodpoint').stages.train
    assert (paper.lr, paper.decay_from / paper.steps) == (5e-4, pytest.approx(8 / 18))
    with pytest.raises(ConfigError, match='paper'):
        create('goodpoint', 'long')


@pytest.mark.parametrize('setting', ['data.size=(30, 64)', 'data.size=(16, 64)',
                                     'data.size=(192, 192)', 'data.kind=tum', 'loss.wrong=all'])
def test_settings_that_contradict_each_other_are_refused(setting):
    with pytest.raises(ConfigError):
        method.stages(override(create('goodpoint'), [setting]))


def test_corners_are_keypoints_of_the_first_stage(tmp_path):
    """A bright square on a dark ground: equation 3 at its four corners in both views."""
    square = np.full((64, 64), 40, np.uint8)
    square[20:44, 24:40] = 200
    valid = np.ones((64, 64), bool)
    found = corners_of(square, valid, CornerConfig())
    assert {(x, y) for y, x in np.argwhere(found)} == {(24, 20), (39, 20), (24, 43), (39, 43)}
    valid[:, :30] = False
    assert np.argwhere(corners_of(square, valid, CornerConfig()))[:, 1].tolist() == [39, 39]
    assert not corners_of(np.zeros((64, 64), np.uint8), valid, CornerConfig()).any()

    log_scores = torch.zeros(2, 64, 64)
    log_scores[:, torch.from_numpy(found)] = torch.tensor([-1.0, -2.0, -3.0, -6.0])
    parts = pair_losses(log_scores, torch.ones(2, 4, 8, 8) / 2, torch.ones(2, 64, 64, dtype=bool),
                        torch.eye(3), LossConfig(), torch.from_numpy(np.stack([found, found])))
    assert parts['keypoints'].item() == pytest.approx(3.0)


def test_one_batch_can_be_learned(photographs, tmp_path):
    """Corners are found, and descriptors of matched points grow alike."""
    config = override(create('goodpoint', 'short'), [
        *TINY, 'data.size=(96, 96)', 'loss.first_window=8', 'data.keypoints=100'])
    torch.manual_seed(0)
    model = method.build(config)
    samples = NoisyPairs(open_folder(photographs), config.data, config.warp, config.noise, 0, 2,
                         config.corners)
    items = [samples[number] for number in range(2)]
    batch = {name: torch.from_numpy(np.stack([item[name] for item in items]))
             for name in items[0]}
    run = method.Run(config, tmp_path, Group(0, 1, torch.device('cpu')), _Clock(), bf16=False)
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3)
    found, apart = [], []
    for _ in range(90):
        terms = method.corner_loss(model, batch, run)
        optimiser.zero_grad()
        (terms.total / terms.count).backward()
        optimiser.step()
        found.append((terms.parts['keypoints'] / terms.count).item())
        apart.append((terms.parts['gt'] / terms.count).item())
    assert found[-1] < 0.6 * found[0]
    assert np.mean(apart[-5:]) < 0.9 * apart[0]
    model.eval()
    assert detected.scores(method.networks(model, config), items, 100)['repeatability'] > 0.25


class _Clock:
    def mark(self, phase):
        pass


def test_a_resumed_run_equals_an_uninterrupted_one(trained, tmp_path):
    path, config = trained
    parts, whole = checkpoint.load(path), checkpoint.load(train(config, tmp_path))
    assert whole.step == parts.step == 4
    for name, value in whole.model.items():
        assert torch.equal(value, parts.model[name]), name
    assert parts.scores == whole.scores


def test_an_export_keeps_batch_norm_and_runs_in_the_extractor(exported, trained):
    """Its statistics are not those of a new network, and count in fp32."""
    path, config = trained
    model = method.build(config)
    model.load_state_dict(checkpoint.load(path).model)
    assert model.h.backbone[2].running_mean.abs().min() > 0
    assert exported.scores['parity']['largest_difference_to_torch'] <= 1e-4
    extractor = create_extractor('goodpoint', 60, weights=str(exported.folder))
    image = textured(200, 150)
    features = extractor.extract(image)
    assert len(features) == 60 and features.descriptors.shape == (60, 32)
    model.eval()
    ours = detected.extract(method.networks(model, config), image, 60)
    same = np.abs(ours.keypoints[:, None] - features.keypoints[None]).max(2).min(1) == 0
    assert same.mean() > 0.9  # weights are rounded to fp16


def test_a_run_starts_from_an_export_with_its_statistics(exported, trained):
    path, config = trained
    model = method.build(config)
    card = str(exported.folder / 'goodpoint.json')
    assert 'h and f start as in' in load_pretrained(model, card)
    there = checkpoint.load(path).model
    for name, value in model.state_dict().items():
        if 'num_batches' not in name:
            assert torch.allclose(value, there[name], atol=1e-3, rtol=1e-3), name
    bare = method.build(override(config, ['model.head=16']))
    with pytest.raises(ValueError, match='instead of'):
        load_pretrained(bare, card)


def test_tuning_goes_on_from_a_checkpoint_on_a_folder_of_images(trained, settings, tmp_path,
                                                                capsys):
    path, _ = trained
    cv2.imwrite(str(tmp_path / 'retina.png'), textured(120, 120, seed=9))
    assert main(['train', 'goodpoint', *settings, '--recipe', 'tune', f'pretrained={path}',
                 f'data.images={tmp_path}', 'stages.train.steps=1',
                 '--out', str(tmp_path / 'run')]) == 0
    assert 'start as in' in capsys.readouterr().out
    saved = json.loads((tmp_path / 'run' / 'config.json').read_text())
    assert saved['stages']['train']['lr'] == create('goodpoint', 'tune').stages.train.lr
