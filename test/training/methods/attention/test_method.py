# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The attention matcher goes the whole way: train, go on, export, match."""
import json

import numpy as np
import pytest
import torch
from support.pictures import textured
from support.saved_runs import save_run
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from residual_features_ros import create_extractor
from residual_features_ros.attention import INPUTS, load_attention, read_card
from residual_features_ros.backends import load_backend
from residual_features_ros.config import MatcherConfig
from residual_features_ros.errors import ConfigError, OutputError
from residual_features_ros.matcher import open_matcher
from residual_features_ros.model_card import load_card
from training import checkpoint, methods
from training.__main__ import main
from training.config import from_dict, override, to_dict
from training.data.sources.images import open_folder
from training.export import ExportError
from training.methods.attention import export, method
from training.methods.attention.data import open_dataset
from training.methods.attention.loss import truth_of
from training.methods.attention.model import AttentionNetwork, Judge
from training.methods.attention.recipe import RECIPES, create

METHOD = 'residual_hessian_small'
SMALL = ['data.size=(160, 120)', 'data.keypoints=100', 'features.least=40', 'features.most=64',
         'model.width=16', 'model.layers=1', 'model.hidden=16', 'model.frequencies=2',
         'optim.warmup_steps=0', 'precision=fp32']


@pytest.fixture(scope='module')
def settings(small_run):
    return [*small_run, *SMALL, 'optim.steps=2', 'validate_every=2', 'checkpoint_every=1']


@pytest.fixture(scope='module')
def trained(settings, tmp_path_factory):
    """Return the checkpoint of a run of two steps, made by the command line."""
    out = tmp_path_factory.mktemp('attention')
    assert main(['train', 'attention', '--out', str(out), *settings]) == 0
    return out / 'last.pt'


@pytest.fixture(scope='module')
def exported(trained):
    """Return the folder of its export."""
    out = trained.parent / 'matchers'
    assert main(['export', str(trained), '--out', str(out), '--licence', 'any', '--data',
                 'made pictures', '--note', 'two steps']) == 0
    return out


def test_recipes_have_one_stage_and_survive_the_round_trip():
    for name in RECIPES:
        config = methods.create('attention', name)
        assert [stage.name for stage in method.stages(config)] == ['train']
        assert from_dict(type(config), to_dict(config)) == config
        assert methods.config_from(to_dict(config)) == config
    with pytest.raises(ConfigError, match='ours'):
        create('attention', 'paper')


@pytest.mark.parametrize(('setting', 'said'), [
    ('data.kind=megadepth', 'learns from photographs, data.kind=megadepth'),
    ('features.least=0', 'features.least <= features.most'),
    ('features.least=600', 'features.least <= features.most'),
    ('data.keypoints=500', '<= data.keypoints')])
def test_settings_that_contradict_each_other_are_refused(setting, said):
    with pytest.raises(ConfigError, match=said):
        method.stages(override(create('attention'), [setting]))


def test_two_steps_are_logged_and_change_the_weights(trained):
    state = checkpoint.load(trained)
    assert (state.stage, state.step) == ('train', 2)
    assert [line['step'] for line in state.history] == [0, 2]
    assert set(state.scores) == {'precision', 'recall', 'precision_mutual', 'recall_mutual',
                                 'bias', 'slope'}
    assert 0 < state.scores['precision_mutual'] < state.scores['recall_mutual'] <= 1.1
    log = EventAccumulator(str(trained.parent / 'logs')).Reload()
    values = {name: [event.value for event in log.Scalars(f'train/{name}')]
              for name in ('loss', 'pairs', 'partners')}
    assert all(len(each) == 2 and np.isfinite(each).all() for each in values.values())
    np.testing.assert_allclose(values['loss'], np.add(values['pairs'], values['partners']),
                               rtol=1e-5)
    assert state.model['project.weight'].abs().max() > 0  # zeros at the start


def test_a_resumed_run_equals_an_uninterrupted_one(settings, trained, tmp_path):
    assert main(['train', 'attention', '--out', str(tmp_path), *settings, 'optim.steps=1',
                 'optim.schedule=constant']) == 0
    assert main(['train', 'attention', '--out', str(tmp_path), *settings,
                 'optim.schedule=constant']) == 0
    whole = tmp_path / 'whole'
    assert main(['train', 'attention', '--out', str(whole), *settings,
                 'optim.schedule=constant']) == 0
    found, expected = (checkpoint.load(path / 'last.pt').model for path in (tmp_path, whole))
    for name, value in expected.items():
        assert torch.equal(found[name], value), name


def test_one_batch_can_be_learned_by_heart(photographs):
    config = override(create('attention'), [*SMALL, 'model.width=32', 'data.exposure_share=0'])
    dataset = open_dataset(open_folder(photographs), config, 0, 2)
    items = [dataset[number] for number in range(2)]
    batch = {name: torch.from_numpy(np.stack([item[name] for item in items]))
             for name in items[0]}
    truth = truth_of(batch, config.loss)
    assert truth.pairs.sum() > 20
    torch.manual_seed(0)
    model = AttentionNetwork(config.model)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    losses = []
    for _ in range(120):
        logits, *partners = method.see(model, batch)
        pairs, told, count = method.pair_loss(logits, tuple(partners), truth, config.loss)
        loss = (pairs + told) / count
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]


def test_what_is_right_and_mutual_by_hand():
    batch = {'places': torch.tensor([[[[5.0, 5], [9, 9], [torch.nan, torch.nan]]] * 2]),
             'keypoints': torch.tensor([[[[0.0, 0, 1]] * 3, [[7.9, 5, 1], [9, 9, 1], [5, 8, 1]]]])}
    assert method.near(batch, 3.0).tolist() == [
        [True, False, False], [False, True, False], [False, False, False]]
    assert method.mutual(torch.tensor([[3.0, 1, 2], [2, 0, 5]])).tolist() == [
        [True, False, False], [False, False, True]]


def test_the_files_and_the_card(exported, trained):
    assert sorted(path.name for path in exported.iterdir()) == [
        'attention.json', 'attention.onnx', 'attention_int8.onnx']
    card = read_card(exported)
    assert card.methods == {name: load_card(name).sha256
                            for name in (METHOD, 'residual_akaze_small')}
    assert card.dim == 128
    assert card.least == method.LEAST and card.licence == 'any' and card.data == 'made pictures'
    assert card.training['steps'] == 2 and card.training['note'] == 'two steps'
    scores = checkpoint.load(trained).scores
    assert card.scores['validation'] == scores
    assert (card.bias, card.slope) == (scores['bias'], scores['slope'])
    assert card.scores['parity']['largest_difference_to_torch'] <= 1e-4
    assert card.scores['int8']['same_matches'] >= export.LEAST_SAME
    text = (exported / 'attention.json').read_text()
    assert str(trained.parent) not in text
    assert json.loads(text)['training']['config']['data']['images'] == 'DIR'


@pytest.mark.parametrize('counts', [(7, 5, 2), (40, 300, 30), (1, 1, 1)])
def test_the_graph_takes_any_number_of_keypoints(exported, trained, counts):
    network = export.rounded(export.open_run(trained).build()).eval()
    probe = export.probes(np.random.default_rng(3), 128, *counts)
    session = load_backend('onnxruntime').open_session(exported / 'attention.onnx', 1)
    assert sorted(session.inputs) == sorted(INPUTS)
    found = session.run(probe)['probabilities']
    with torch.inference_mode():
        expected = Judge(network)(*(torch.from_numpy(probe[name]) for name in INPUTS))
    assert found.shape == counts[:2]
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-5)


def test_what_is_exported_matches(exported):
    extractor = create_extractor(METHOD, 300)
    a, b = extractor.extract_batch([textured(seed=28), textured(seed=28)[:, 8:]])
    for precision in ('fp32', 'int8'):
        network = load_attention(METHOD, str(exported), threads=1, precision=precision)
        assert network.card.folder == exported
    matcher = open_matcher(MatcherConfig(matcher='attention', matcher_weights=str(exported)),
                           extractor)
    matches = matcher.match(a, b)
    moved = a.keypoints[matches.indices[:, 0]] - b.keypoints[matches.indices[:, 1]]
    assert len(matches) > 50 and np.mean(np.linalg.norm(moved - [8, 0], axis=1) < 3) > 0.8


def test_nothing_is_overwritten(exported, trained, capsys):
    before = (exported / 'attention.onnx').read_bytes()
    assert main(['export', str(trained), '--out', str(exported)]) == 2
    assert 'attention.onnx' in capsys.readouterr().err
    for name in ('attention.onnx', 'attention_int8.onnx'):
        (exported / name).rename(exported / f'{name}.kept')
    try:
        with pytest.raises(OutputError, match=r'attention\.json'):
            export.export_matcher(trained, exported, '', '')
    finally:
        for name in ('attention.onnx', 'attention_int8.onnx'):
            (exported / f'{name}.kept').rename(exported / name)
    assert (exported / 'attention.onnx').read_bytes() == before


def test_photographs_to_calibrate_with_are_refused(trained, photographs, tmp_path, capsys):
    out = tmp_path / 'out'
    assert main(['export', str(trained), '--out', str(out), '--calibrate', str(photographs)]) == 2
    assert 'leave out --calibrate' in capsys.readouterr().err and not out.exists()


@pytest.mark.parametrize(('limit', 'value', 'said'), [
    ('training.export.LARGEST_DIFFERENCE', -1.0, 'differs from torch by'),
    ('training.methods.attention.export.LEAST_SAME', 1.1, 'of the matches of fp32')])
def test_a_poor_export_leaves_no_files(trained, tmp_path, monkeypatch, limit, value, said):
    monkeypatch.setattr(limit, value)
    with pytest.raises(ExportError, match=said):
        export.export_matcher(trained, tmp_path, '', '')
    assert list(tmp_path.iterdir()) == []


def test_weights_that_are_not_numbers_are_refused(settings, tmp_path):
    config = override(create('attention'), settings)
    model = AttentionNetwork(config.model)
    torch.nn.init.constant_(model.partner.bias, torch.nan)
    save_run(tmp_path / 'last.pt', config, model)
    with pytest.raises(ExportError, match='differs from torch by nan'):
        export.export_matcher(tmp_path / 'last.pt', tmp_path / 'out', '', '')
