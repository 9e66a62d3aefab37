# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import json

import numpy as np
import pytest
import torch
from support.killed import assert_same_run, train_in_parts
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.errors import ConfigError
from residual_features_ros.model_card import load_card
from training import checkpoint, detected, export, methods
from training.__main__ import main
from training.config import override
from training.distributed import Group
from training.methods.superpoint import loss
from training.methods.superpoint.data import Drawings
from training.methods.superpoint.method import build, drawing_terms, networks, pair_terms, stages
from training.methods.superpoint.model import as_input
from training.methods.superpoint.recipe import RECIPES, create
from training.phase_timer import PhaseTimer
from training.runs import open_run
from training.stage import Run
from training.train import train

CPU = torch.device('cpu')


@pytest.fixture(scope='module')
def settings(photographs):
    return [f'data.images={photographs}', 'data.size=(96, 64)', 'drawing_size=(96, 64)',
            'labels.size=(128, 96)', 'labels.homographies=3', 'data.workers=0',
            'data.validation_pairs=2', 'threads=1', 'validate_every=10', 'checkpoint_every=2',
            'precision=fp32',
            'model.widths=(8, 8, 16, 16)', 'model.head=16', 'model.dim=24',
            'labels.teacher=magicpoint', 'stages.magicpoint.steps=4',
            'stages.magicpoint.batch=2', 'stages.adapted.steps=3',
            'stages.adapted.batch=2', 'stages.joint.steps=4', 'stages.joint.batch=2',
            'loss.positives=100', 'loss.negatives=10']


@pytest.fixture(scope='module')
def trained(settings, tmp_path_factory):
    """Return the folder of a run made by the command line."""
    out = tmp_path_factory.mktemp('superpoint')
    assert main(['train', 'superpoint', '--recipe', 'short', '--out', str(out), *settings]) == 0
    return out


@pytest.fixture(scope='module')
def exported(trained):
    """Return the folder of its export."""
    assert main(['export', str(trained / 'last.pt'), '--out', str(trained / 'weights')]) == 0
    return trained / 'weights'


def run_of(config, out=None):
    return Run(config, out, Group(0, 1, CPU), PhaseTimer(CPU), bf16=False)


def test_the_paper_recipe_has_the_papers_values():
    config = create('superpoint')
    assert (config.loss.weight, config.loss.positive_weight, config.loss.positive_margin,
            config.loss.negative_margin) == (1e-4, 250, 1, 0.2)
    assert config.labels.homographies == 100 and config.data.size == (320, 240)
    optim = config.stages.magicpoint
    assert (optim.steps, optim.batch, optim.lr, optim.schedule) == (200_000, 32, 1e-3, 'constant')
    assert config.threshold == 1e-4


@pytest.mark.parametrize('recipe', RECIPES)
def test_a_recipe_survives_the_round_trip_and_its_stages_exist(recipe):
    config = methods.create('superpoint', recipe)
    assert methods.config_from(json.loads(json.dumps(dataclasses.asdict(config)))) == config
    assert [stage.name for stage in stages(config)] == ['magicpoint', 'adapted', 'joint']


@pytest.mark.parametrize(('setting', 'words'), [
    ('data.size=(100, 64)', 'multiples of 8'), ('data.size=(640, 480)', 'smaller'),
    ('data.kind=tum', 'homographies'), ('loss.descriptor=triplet', 'dense, sparse')])
def test_settings_that_contradict_each_other_are_refused(setting, words):
    with pytest.raises(ConfigError, match=words):
        stages(override(create('superpoint'), [setting]))


def test_equation_1_adds_both_views_points_and_the_weighted_descriptors(settings):
    config = override(create('superpoint', 'short'), [
        *settings, 'loss.descriptor=dense', 'loss.weight=0.5'])
    torch.manual_seed(0)
    model = build(config).eval()
    batch = {'images': torch.randint(0, 256, (3, 2, 64, 96), dtype=torch.uint8),
             'cells': torch.randint(-1, 65, (3, 2, 8, 12)),
             'homography': torch.eye(3).repeat(3, 1, 1)}
    terms = pair_terms(model, batch, run_of(config))
    views = [model.h.raw(batch['images'][:, k][:, None].float() / 255) for k in (0, 1)]
    points = [loss.detector(logits, batch['cells'][:, k]) for k, (logits, _) in enumerate(views)]
    described = loss.dense_hinge(views[0][1], views[1][1], batch['homography'], config.loss)
    expected = points[0] + points[1] + 0.5 * described
    torch.testing.assert_close(terms.total, expected.sum())
    assert terms.count == 3
    torch.testing.assert_close(terms.parts['descriptors'], described.sum())


def test_the_detector_overfits_a_batch_of_drawings(settings):
    config = override(create('superpoint', 'short'), settings)
    torch.manual_seed(0)
    model, samples = build(config), Drawings(config, 0, 4)
    batch = {name: torch.from_numpy(np.stack([samples[n][name] for n in (1, 3)]))
             for name in ('image', 'cells')}
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for step in range(80):
        optimiser.param_groups[0]['lr'] = 1e-2 if step < 60 else 1e-3  # it ends in rest
        terms = drawing_terms(model, batch, run_of(config))
        optimiser.zero_grad()
        terms.total.backward()
        optimiser.step()
        losses.append((terms.total / terms.count).item())
    assert losses[0] > 3 and losses[-1] < 0.1
    with torch.no_grad():
        found = model.h.points(as_input(batch['image'])).argmax(1)
    corners = (batch['cells'] >= 0) & (batch['cells'] < 64)
    assert corners.sum() > 5 and (found == batch['cells'])[corners].float().mean() > 0.9


def test_both_heads_overfit_a_pair(settings):
    config = override(create('superpoint', 'short'), settings)
    torch.manual_seed(0)
    model = build(config)
    image = torch.from_numpy(textured(96, 64)[..., 1].copy())
    batch = {'images': image.expand(1, 2, -1, -1), 'cells': torch.full((1, 2, 8, 12), 64),
             'homography': torch.eye(3)[None]}
    batch['cells'][:, :, 3, 4] = 17
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    first = None
    for _ in range(60):
        terms = pair_terms(model, batch, run_of(config))
        first = first or {name: value.item() for name, value in terms.parts.items()}
        optimiser.zero_grad()
        terms.total.backward()
        optimiser.step()
    assert terms.parts['points'] < 0.05 * first['points']
    # The mean over the negatives that are still beyond the margin, of which there are fewer.
    assert terms.parts['descriptors'] < 0.6 * first['descriptors']


def test_the_stages_follow_each_other_and_train_their_parts(trained):
    first, second, last = (checkpoint.load(trained / name).model
                           for name in ('magicpoint.pt', 'adapted.pt', 'last.pt'))
    head = 'h.descriptor.0.weight'
    assert torch.equal(first[head], second[head]) and not torch.equal(second[head], last[head])
    assert not torch.equal(first['h.detector.0.weight'], second['h.detector.0.weight'])
    history = checkpoint.load(trained / 'last.pt').history
    assert 0 <= history[0]['average_precision'] <= 1 and 'repeatability' in history[-1]
    folders = sorted(path.name.split('-')[0] for path in (trained / 'labels').iterdir())
    assert folders == ['adapted', 'magicpoint']


def test_a_run_that_is_killed_anywhere_goes_on_as_if_it_had_not(
        settings, trained, tmp_path, monkeypatch):
    config = override(methods.create('superpoint', 'short'), settings)
    found = train_in_parts(config, tmp_path, (3, 5, 10), monkeypatch)
    assert_same_run(found, checkpoint.load(trained / 'last.pt'))


def test_photographs_that_are_missing_are_missed_before_the_drawings(settings, tmp_path):
    config = override(methods.create('superpoint', 'short'), [*settings, 'data.images='])
    with pytest.raises(ValueError, match=r'data\.images'):
        train(config, tmp_path)
    assert not (tmp_path / 'last.pt').exists()


def test_a_stage_without_steps_leaves_its_labels_to_the_one_before(settings, tmp_path):
    config = override(methods.create('superpoint', 'short'), [
        *settings, 'stages.adapted.steps=0', 'stages.joint.steps=1', 'model.batch_norm=False'])
    state = checkpoint.load(train(config, tmp_path))
    assert (state.stage, state.step) == ('joint', 1)
    assert [path.name.split('-')[0] for path in (tmp_path / 'labels').iterdir()] == ['adapted']


def test_the_first_labels_may_be_corners(settings, tmp_path):
    config = override(methods.create('superpoint', 'short'), [
        *settings, 'labels.teacher=corners', 'stages.magicpoint.steps=0',
        'stages.adapted.steps=1', 'stages.joint.steps=1'])
    train(config, tmp_path)
    folders = sorted(path.name.split('-')[0] for path in (tmp_path / 'labels').iterdir())
    assert folders == ['adapted', 'corners']
    assert export.public(config)['labels']['teacher'] == 'corners'  # a word, no file to hide
    with pytest.raises(ConfigError, match=r'labels\.teacher'):
        stages(override(config, ['labels.teacher=sift']))


def test_the_card_says_how_keypoints_are_read(exported):
    card = load_card('superpoint', exported)
    assert (card.channels, card.mean, card.std, card.stride, card.dim) == (1, (0,), (1,), 8, 24)
    assert card.detector.maps == ('scores', 'dense')
    assert (card.detector.threshold, card.detector.nms_radius) == (0.015, 4)
    assert card.scores['parity']['largest_difference_to_torch'] <= 1e-4


@pytest.mark.parametrize('size', [(96, 64), (201, 150)])
def test_the_runtime_finds_and_describes_what_torch_does(trained, exported, size):
    saved = open_run(trained / 'last.pt')
    theirs = networks(export.rounded(saved.build()).eval(), saved.config)
    image = textured(*size)
    found = create_extractor('superpoint', 60, weights=str(exported)).extract(image)
    expected = detected.extract(theirs, image, 60)
    assert len(found) == len(expected) > 10 and found.image_size == size
    same = np.linalg.norm(found.keypoints - expected.keypoints, axis=1) < 0.1
    assert same.mean() > 0.9  # equal scores may change their order
    np.testing.assert_allclose(found.descriptors[same], expected.descriptors[same], atol=2e-3)
    np.testing.assert_allclose(np.linalg.norm(found.descriptors, axis=1), 1, rtol=1e-5)
