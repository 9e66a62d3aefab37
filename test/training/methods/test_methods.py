# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A method that one folder adds goes the whole way: train, go on, export, evaluate, extract."""
import json

import numpy as np
import pytest
import torch
from support.homography_scenes import write_scene
from support.killed import assert_same_run, train_in_parts
from support.pictures import textured
from support.torchrun import ROOT, torchrun
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from toy_method import NAME

from residual_features_ros import create_extractor
from residual_features_ros.errors import ConfigError
from residual_features_ros.model_card import load_card
from residual_features_ros.registry import Method
from training import checkpoint, detected, export, methods
from training.__main__ import main
from training.config import from_dict, override, to_dict
from training.pretrained import load_pretrained
from training.runs import open_run
from training.train import train


@pytest.fixture(scope='module')
def settings(photographs):
    return [f'data.images={photographs}', 'data.size=(96, 64)', 'data.workers=0',
            'data.validation_pairs=2', 'threads=1', 'validate_every=10', 'checkpoint_every=5',
            'precision=fp32']


@pytest.fixture(scope='module')
def trained(settings, tmp_path_factory):
    """Return the folder of a run made by the command line."""
    out = tmp_path_factory.mktemp('toy')
    assert main(['train', NAME, '--out', str(out), *settings]) == 0
    return out


@pytest.fixture(scope='module')
def exported(trained):
    """Return the folder of its export."""
    assert main(['export', str(trained / 'last.pt'), '--out', str(trained / 'weights')]) == 0
    return trained / 'weights'


def test_stages_follow_each_other_and_are_logged(trained):
    first, last = (checkpoint.load(trained / name) for name in ('detector.pt', 'last.pt'))
    assert (first.stage, first.step, first.before) == ('detector', 30, 0)
    assert (last.stage, last.step, last.before) == ('descriptor', 20, 30)
    assert [(line['stage'], line['step']) for line in last.history] == [
        *(('detector', step) for step in (0, 10, 20, 30)),
        *(('descriptor', step) for step in (0, 10, 20))]
    log = EventAccumulator(str(trained / 'logs')).Reload()
    assert [event.step for event in log.Scalars('detector/mse')] == list(range(1, 31))
    losses = [event.value for event in log.Scalars('descriptor/loss')]
    assert len(losses) == 20 and np.isfinite(losses).all()
    rates = [event.value for event in log.Scalars('descriptor/lr')]
    assert rates[-1] == pytest.approx(0.02 * 0.9 ** (20 / 1000))
    summary = json.loads((trained / 'summary.json').read_text())
    assert summary['stages']['detector'] == {'steps': 30, 'batch': 2} and summary['steps'] == 50


def test_a_stage_changes_what_it_trains_alone(trained):
    first, last = (checkpoint.load(trained / name).model
                   for name in ('detector.pt', 'last.pt'))
    for name, value in first.items():
        assert torch.equal(value, last[name]) == (not name.startswith('h.descriptor')), name


def test_a_run_that_is_killed_anywhere_goes_on_as_if_it_had_not(
        settings, trained, tmp_path, monkeypatch):
    config = override(methods.create('toy'), settings)
    found = train_in_parts(config, tmp_path, (7, 26, 34, 48), monkeypatch)
    assert_same_run(found, checkpoint.load(trained / 'last.pt'))
    labels = list(tmp_path.glob('labels-*'))
    assert len(labels) == 1 and len(list(labels[0].iterdir())) == 4


def test_a_finished_run_is_left_alone_and_a_longer_one_goes_on(settings, trained, tmp_path):
    config = override(methods.create('toy', 'short'), [*settings, 'stages.detector.steps=3'])
    path = train(config, tmp_path)
    before = path.stat().st_mtime_ns
    assert train(config, tmp_path).stat().st_mtime_ns == before
    longer = override(config, ['stages.descriptor.steps=4'])
    assert checkpoint.load(train(longer, tmp_path)).step == 4
    (tmp_path / 'detector.pt').unlink()
    with pytest.raises(ValueError, match=r'detector\.pt.*--restart'):
        train(override(config, ['stages.descriptor.steps=6']), tmp_path)


def test_a_stage_can_be_left_out_where_its_weights_are_there(settings, trained, tmp_path):
    config = override(methods.create('toy', 'short'), [
        *settings, 'stages.detector.steps=0', f'pretrained={trained / "detector.pt"}:h'])
    state = checkpoint.load(train(config, tmp_path))
    assert (state.stage, state.step) == ('descriptor', 2)
    weights = checkpoint.load(trained / 'detector.pt').model
    assert torch.equal(state.model['h.trunk.0.weight'], weights['h.trunk.0.weight'])


def test_settings_are_strict_and_survive_the_round_trip():
    config = methods.create('toy')
    assert from_dict(type(config), to_dict(config)) == config
    assert methods.config_from(to_dict(config)) == config
    for setting, words in (('stages.detectors.steps=2', 'detector'),
                           ('stages.detector.step=2', 'steps'), ('optim.steps=2', 'stages')):
        with pytest.raises(ConfigError, match=words):
            override(config, [setting])
    with pytest.raises(ConfigError, match='full, short'):
        methods.create('toy', 'paper')
    with pytest.raises(ConfigError, match='did you mean'):
        methods.create('superpiont')
    for setting, words in (('stages.detector.optimiser=lion', 'adam, adamw, sgd'),
                           ('stages.detector.schedule=step', 'exponential')):
        with pytest.raises(ConfigError, match=words):
            train(override(config, [setting]), None)


def test_a_name_is_one_methods():
    entry = Method('', 'learned', 'another')
    with pytest.raises(ValueError, match='a method toy exists already'):
        methods.register('toy', 'toy_method.method', entry)


def test_the_card_says_how_h_is_used(exported):
    card = load_card('toy', exported)
    assert (card.channels, card.per_image, card.stride, card.dim) == (1, True, 4, 16)
    assert card.detector.maps == ('scores', 'dense') and card.detector.nms_radius == 3
    assert card.training['steps'] == 50 and card.training['stage'] == 'descriptor'
    assert card.scores['parity']['largest_difference_to_torch'] <= 1e-4


@pytest.mark.parametrize('size', [(96, 64), (201, 150)])
def test_the_runtime_finds_what_torch_finds(trained, exported, size):
    saved = open_run(trained / 'last.pt')
    networks = methods.load('toy').networks(export.rounded(saved.build()).eval(), saved.config)
    extractor = create_extractor('toy', 60, weights=str(exported))
    image = textured(*size)
    for picture in (image, np.ascontiguousarray(image[..., 0])):
        found, expected = extractor.extract(picture), detected.extract(networks, picture, 60)
        assert len(found) == len(expected) > 20 and found.image_size == size
        first = slice(20)  # the last ones may change places with others of the same score
        np.testing.assert_allclose(found.keypoints[first], expected.keypoints[first], atol=1e-2)
        np.testing.assert_allclose(found.descriptors[first], expected.descriptors[first],
                                   atol=1e-3)
        assert (found.angles == -1).all() and (found.sizes == 12).all()


def test_a_run_starts_from_the_export(exported):
    model = methods.load('toy').build(methods.create('toy'))
    assert load_pretrained(model, f'{exported / "toy.json"}:h').startswith('h start as in')
    weights = {name: value for name, value in model.state_dict().items() if 'num_b' not in name}
    expected = checkpoint.load(exported.parent / 'last.pt').model
    for name, value in weights.items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-3, atol=1e-6, err_msg=name)


def test_int8_is_refused(trained, photographs, tmp_path, capsys):
    assert main(['export', str(trained / 'last.pt'), '--out', str(tmp_path), '--calibrate',
                 str(photographs)]) == 2
    assert 'no int8 form' in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_it_is_evaluated_beside_the_others(exported, tmp_path):
    write_scene(tmp_path / 'scenes' / 'v_made', 3)
    out = tmp_path / 'made.json'
    assert main(['evaluate', 'hpatches', '--root', str(tmp_path / 'scenes'), '--size', '160x128',
                 '--max-keypoints', '80', '--methods', f'orb,{NAME}', '--weights', str(exported),
                 '--out', str(out), '--cache', str(tmp_path / 'cache')]) == 0
    saved = json.loads(out.read_text())
    assert saved['methods'][NAME]['steps'] == 50
    assert saved['summary'][NAME]['all']['rep'] > 0.05


def test_two_processes_train_it_and_go_on(settings, tmp_path):
    program = ('import sys, toy_method\nfrom training.__main__ import main\n'
               'for steps in (2, 4):\n'
               '    status = main([*sys.argv[1:], f"stages.descriptor.steps={steps}"])\n'
               '    if status:\n        sys.exit(status)\n')
    run = torchrun(program, ['train', NAME, '--out', str(tmp_path / 'run'), *settings,
                             'stages.detector.steps=3'], tmp_path, ROOT / 'test')
    assert run.returncode == 0, run.stderr
    assert checkpoint.load(tmp_path / 'run' / 'last.pt').step == 4
    assert len(list((tmp_path / 'run').glob('labels-*/*.npz'))) == 4
