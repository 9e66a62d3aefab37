# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import numpy as np
import pytest
import torch
from pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.config import ConfigError
from training import checkpoint, detected
from training.__main__ import main
from training.config import override
from training.data.images import open_folder
from training.distributed import Group
from training.export import export
from training.initial import load_initial
from training.methods.goodpoint import method
from training.methods.goodpoint.data import NoisyPairs
from training.methods.goodpoint.recipe import RECIPES, create
from training.train import train

TINY = ['data.size=(64, 64)', 'model.backbone=small', 'model.head=32', 'model.dim=32',
        'data.keypoints=50', 'precision=fp32', 'warp.shift_px=4', 'warp.perspective_px=12',
        'threshold=0']


@pytest.fixture(scope='module')
def settings(small_run):
    return [*small_run, *TINY]


@pytest.fixture(scope='module')
def trained(settings, tmp_path_factory):
    """Return the checkpoint of a run of four steps, stopped after two and resumed, and its run."""
    config = override(create('goodpoint', 'short'), [
        *settings, 'optim.schedule=constant', 'optim.warmup_steps=0', 'optim.lr=0.01'])
    out = tmp_path_factory.mktemp('goodpoint')
    train(override(config, ['optim.steps=2']), out / 'parts')
    return train(config, out / 'parts'), config


@pytest.fixture(scope='module')
def exported(trained):
    path, _ = trained
    return export(path, path.parent / 'export', 'any', 'made pictures')


def test_recipes_differ_by_values_and_the_first_is_the_papers():
    assert next(iter(RECIPES)) == 'paper'
    for name in RECIPES:
        config = create('goodpoint', name)
        assert [stage.name for stage in method.stages(config)] == ['train']
        assert config.optim.optimiser == 'adamw' and config.optim.weight_decay == 0.01
    paper = create('goodpoint').optim
    assert (paper.lr, paper.decay_from / paper.steps) == (5e-4, pytest.approx(8 / 18))
    with pytest.raises(ConfigError, match='paper'):
        create('goodpoint', 'long')


@pytest.mark.parametrize('setting', ['data.size=(30, 64)', 'data.size=(16, 64)',
                                     'data.size=(192, 192)', 'data.kind=tum', 'loss.wrong=all'])
def test_settings_that_contradict_each_other_are_refused(setting):
    with pytest.raises(ConfigError):
        method.stages(override(create('goodpoint'), [setting]))


def test_one_batch_can_be_learned(photographs, tmp_path):
    """Descriptors of matched points grow alike, and matches appear where there were none."""
    config = override(create('goodpoint', 'short'), [
        *TINY, 'data.size=(96, 96)', 'loss.first_window=8', 'data.keypoints=100'])
    torch.manual_seed(0)
    model = method.build(config)
    samples = NoisyPairs(open_folder(photographs), config.data, config.warp, config.noise, 0, 2)
    items = [samples[number] for number in range(2)]
    batch = {name: torch.from_numpy(np.stack([item[name] for item in items]))
             for name in items[0]}
    run = method.Run(config, tmp_path, Group(0, 1, torch.device('cpu')), _Clock(), bf16=False)
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3)
    apart = []
    for _ in range(80):
        terms = method.loss(model, batch, run)
        optimiser.zero_grad()
        (terms.total / terms.count).backward()
        optimiser.step()
        apart.append((terms.parts['gt'] / terms.count).item())
    assert np.mean(apart[-5:]) < 0.7 * apart[0]
    model.eval()
    assert detected.scores(method.networks(model, config), items, 100)['ms'] > 0.15


class _Clock:
    def mark(self, phase):
        pass


def test_a_resumed_run_equals_an_uninterrupted_one(trained, tmp_path):
    path, config = trained
    parts, whole = checkpoint.load(path), checkpoint.load(train(config, tmp_path))
    assert whole['step'] == parts['step'] == 4
    for name, value in whole['model'].items():
        assert torch.equal(value, parts['model'][name]), name
    assert parts['scores'] == whole['scores']


def test_an_export_keeps_batch_norm_and_runs_in_the_extractor(exported, trained):
    """Its statistics are not those of a new network, and count in fp32."""
    path, config = trained
    model = method.build(config)
    model.load_state_dict(checkpoint.load(path)['model'])
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
    assert 'h and f start as in' in load_initial(model, card)
    there = checkpoint.load(path)['model']
    for name, value in model.state_dict().items():
        if 'num_batches' not in name:
            assert torch.allclose(value, there[name], atol=1e-3, rtol=1e-3), name
    bare = method.build(override(config, ['model.head=16']))
    with pytest.raises(ValueError, match='instead of'):
        load_initial(bare, card)


def test_tuning_goes_on_from_a_checkpoint_on_a_folder_of_images(trained, settings, tmp_path,
                                                                capsys):
    path, _ = trained
    cv2.imwrite(str(tmp_path / 'retina.png'), textured(120, 120, seed=9))
    assert main(['train', 'goodpoint', *settings, '--recipe', 'tune', f'init={path}',
                 f'data.images={tmp_path}', 'optim.steps=1', '--out', str(tmp_path / 'run')]) == 0
    assert 'start as in' in capsys.readouterr().out
    saved = json.loads((tmp_path / 'run' / 'config.json').read_text())
    assert saved['optim']['lr'] == create('goodpoint', 'tune').optim.lr
