# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""PoSFeat goes the whole way: train, go on, export, extract."""
import itertools

import numpy as np
import pytest
import torch
from support.killed import assert_same_run, train_in_parts
from support.pictures import textured
from support.posed_trees import wall_view

from residual_features_ros import create_extractor
from residual_features_ros.errors import ConfigError
from residual_features_ros.model_card import load_card
from training import checkpoint, detected, export, methods
from training.checks import check
from training.config import from_dict, override, to_dict
from training.distributed import Group
from training.methods.posfeat import method, validation
from training.phase_timer import PhaseTimer
from training.runs import open_run
from training.stage import Run
from training.train import train

TINY = ['model.blocks=(1, 1, 1)', 'model.width=8', 'model.decoder=(16, 16)', 'model.dim=16',
        'model.detector=(8, 4, 6)']


@pytest.fixture(scope='module')
def settings(photographs):
    return [*TINY, f'data.images={photographs}', 'data.size=(96, 64)', 'data.workers=0',
            'data.validation_pairs=2', 'data.keypoints=50', 'threads=1', 'validate_every=3',
            'checkpoint_every=2', 'precision=fp32', 'stages.describe.steps=3',
            'stages.describe.batch=2', 'stages.detect.steps=3', 'stages.detect.batch=2']


@pytest.fixture(scope='module')
def run(settings, tmp_path_factory):
    """Return a checkpoint of three steps of each stage."""
    return train(override(methods.create('posfeat', 'short'), settings),
                 tmp_path_factory.mktemp('posfeat'))


@pytest.fixture(scope='module')
def exported(run):
    """Return the folder of its export; export has refused what differs from torch."""
    export.export(run, run.parent / 'weights', 'nobody', 'pictures')
    return run.parent / 'weights'


def test_stages_train_what_they_name(run, settings):
    first, last = (checkpoint.load(run.parent / name) for name in ('describe.pt', 'last.pt'))
    torch.manual_seed(0)
    start = methods.load('posfeat').build(open_run(run).config).state_dict()
    for name, value in first.model.items():
        description = name.startswith('h.description')
        assert torch.equal(value, last.model[name]) == description, name
        if not description:
            assert torch.equal(value, start[name]), name
    scores = {(line['stage'], line['step']): line for line in last.history}
    assert set(scores) == {('describe', 0), ('describe', 3), ('detect', 0), ('detect', 3)}
    assert {'epipolar', 'right'} <= scores['describe', 3].keys()
    assert {'repeatability', 'ms', 'recall'} <= scores['detect', 3].keys()


def test_a_run_that_is_killed_in_each_stage_goes_on_as_if_it_had_not(
        run, settings, tmp_path, monkeypatch):
    config = override(methods.create('posfeat', 'short'), settings)
    found = train_in_parts(config, tmp_path, (3, 6), monkeypatch)
    assert_same_run(found, checkpoint.load(run))


def test_the_exported_networks_find_what_torch_finds(run, exported):
    card = load_card('posfeat', exported)
    assert card.detector.maps == ('scores', 'dense') and (card.stride, card.dim) == (4, 16)
    assert card.scores['parity']['largest_difference_to_torch'] < 1e-4
    assert (card.detector.threshold, card.detector.nms_radius) == (0.9, 1)
    extractor = create_extractor('posfeat', weights=str(exported), max_keypoints=80)
    saved = open_run(run)
    model = export.rounded(saved.build()).eval()
    networks = methods.load('posfeat').networks(model, saved.config)
    for size in ((160, 120), (101, 67)):
        image = textured(*size, seed=3)
        found, expected = extractor.extract(image), detected.extract(networks, image, 80)
        assert 10 < len(found) <= 80
        assert np.abs(np.linalg.norm(found.descriptors, axis=1) - 1).max() < 1e-5
        same = (np.abs(found.keypoints[:, None] - expected.keypoints[None]).max(2) < 1e-2)
        assert same.any(1).mean() > 0.95  # scores that are all but equal may change their order


def test_a_run_starts_with_the_weights_of_an_encoder(settings, tmp_path):
    config = override(methods.create('posfeat', 'short'), [
        *settings, 'stages.describe.steps=1', 'stages.describe.lr=0.0', 'stages.detect.steps=0'])
    encoder = methods.load('posfeat').build(config).h.description.encoder
    weights = {name: torch.full_like(value, 0.01) for name, value in encoder.state_dict().items()}
    torch.save(weights, tmp_path / 'resnet.pth')
    named = override(config, [f'encoder={tmp_path / "resnet.pth"}'])
    state = checkpoint.load(train(named, tmp_path / 'run'))
    assert torch.equal(state.model['h.description.encoder.conv1.weight'],
                       weights['conv1.weight'])
    assert 'resnet.pth' not in str(export.public(named))
    (tmp_path / 'resnet.pth').write_bytes(b'no weights')
    with pytest.raises(ValueError, match='not a file of weights'):
        train(named, tmp_path / 'again')


def test_contradicting_settings_are_refused(settings):
    config = methods.create('posfeat')
    assert from_dict(type(config), to_dict(config)) == config
    for setting, words in ((['encoder=a', 'pretrained=b'], 'set one of them'),
                           (['encoder=a', 'stages.describe.steps=0'], 'which has no steps'),
                           (['search.spread=std'], 'deviation, variance'),
                           (['search.strategy=fine'], 'coarse, line'),
                           (['pipeline=coupled'], 'decoupled, joint'),
                           (['policy.matches=True'], 'set pipeline=joint'),
                           (['data.size=(100, 64)'], 'multiples of 16')):
        with pytest.raises(ConfigError, match=words):
            check(override(config, setting), None)


def test_the_papers_network_without_an_encoder_is_refused(settings):
    config = methods.create('posfeat')
    alone = Group(0, 1, torch.device('cpu'))
    with pytest.raises(ConfigError, match=r"ImageNet's weights: set encoder=FILE.*encoder=random"):
        check(config, alone)
    for setting in ('encoder=random', 'encoder=resnet50.pth', 'pretrained=last.pt'):
        assert check(override(config, [setting]), alone)
    assert check(methods.create('posfeat', 'short'), alone)


def test_an_encoder_is_random_where_that_is_said(settings, tmp_path):
    config = override(methods.create('posfeat', 'short'), [
        *settings, 'stages.describe.steps=1', 'stages.describe.lr=0.0', 'stages.detect.steps=0'])
    found, expected = (checkpoint.load(train(override(config, words), tmp_path / name)).model
                       for name, words in (('a', ['encoder=random']), ('b', [])))
    name = 'h.description.encoder.conv1.weight'
    assert torch.equal(found[name], expected[name])


def test_posed_pairs_without_homographies_have_scores_too(run):
    saved = open_run(run)
    model = saved.build()
    views = [wall_view(0.0), wall_view(0.4)]
    images = np.stack([view.image[:144, :192] for view in views])
    sideways = np.float32([[0, 0, 0], [0, 0, -1], [0, 1, 0]])
    pairs = [{'images': images, 'fundamental': sideways}]
    assert validation.on_grid(model.eval(), pairs).keys() == {'epipolar'}
    found = validation.with_keypoints(
        methods.load('posfeat').networks(model, saved.config), pairs, 60)
    assert found['keypoints'] > 20 and 0 <= found['precision'] <= 1
    homography = np.float32([[1, 0, -16], [0, 1, 0], [0, 0, 1]])
    score = validation.on_grid(model, [{**pairs[0], 'homography': homography}])
    assert 0 <= score['right'] <= 1


def gradients(settings, words, loss, step=0):
    """Return the largest gradient of description and of detection that a loss of a batch gives."""
    config = override(methods.create('posfeat', 'short'), [*settings, *words])
    torch.manual_seed(0)
    model = method.build(config)
    run = Run(config, None, Group(0, 1, torch.device('cpu')), PhaseTimer(torch.device('cpu')),
              False, step)
    samples = method.open_stage(model, run, 'describe').samples
    batch = {name: torch.from_numpy(np.stack([samples[n][name] for n in range(2)]))
             for name in samples[0]}
    terms = loss(model, batch, run)
    (terms.total / terms.count).backward()
    return tuple(max(0.0 if parameter.grad is None else float(parameter.grad.abs().max())
                     for parameter in part.parameters())
                 for part in (model.h.description, model.h.detection))


def test_joint_training_moves_the_description_by_the_loss_of_keypoints(settings):
    """What the paper decouples: here the scores' gradient alone reaches the description."""
    description, detection = gradients(settings, [], method.detect)
    assert description == 0 < detection
    words = ['pipeline=joint', 'descriptors=0.0']
    description, detection = gradients(settings, words, method.describe_and_detect)
    assert description > 0 and detection > 0
    both = gradients(settings, ['pipeline=joint'], method.describe_and_detect)
    assert both[0] > description and both[1] == pytest.approx(detection)
    assert gradients(settings, [*words, 'policy.matches=True', 'policy.certain=0.0'],
                     method.describe_and_detect)[0] != pytest.approx(description, rel=1e-3)


def test_charges_grow_with_the_steps_of_a_stage(settings):
    ramp, charges = ['policy.ramp_steps=10'], ['policy.wrong=0.0', 'policy.keypoint=0.0']
    begun, over = (gradients(settings, ramp, method.detect, step) for step in (0, 10))
    assert begun == gradients(settings, charges, method.detect)
    assert over == gradients(settings, [], method.detect) != begun


@pytest.mark.parametrize('words', [
    ['pipeline=joint'],
    ['pipeline=joint', 'descriptors=0.0', 'policy.matches=True', 'policy.certain=0.0'],
    ['search.strategy=coarse', 'stages.detect.steps=0']], ids=['joint', 'disk', 'coarse'])
def test_the_pipelines_of_figure_7_are_trained(words, run, settings, tmp_path):
    config = override(methods.create('posfeat', 'short'), [*settings, *words])
    state = checkpoint.load(train(config, tmp_path))
    start = checkpoint.load(run.parent / 'describe.pt').model
    trained = {name for name, value in state.model.items() if not torch.equal(value, start[name])}
    assert any(name.startswith('h.description') for name in trained)
    joint = 'pipeline=joint' in words
    assert any(name.startswith('h.detection') for name in trained) == joint
    assert {line['stage'] for line in state.history} == {'joint' if joint else 'describe'}
    assert ('ms' if joint else 'right') in state.history[-1]


def test_each_cell_of_table_4_is_trained_by_settings_alone(settings, tmp_path):
    found = []
    for number, (samples, window) in enumerate(itertools.product((75, 100, 125),
                                                                 (0.075, 0.1, 0.125))):
        config = override(methods.create('posfeat', 'short'), [
            *settings, f'search.line_samples={samples}', f'search.window={window}',
            'stages.describe.steps=2', 'stages.detect.steps=0'])
        model = checkpoint.load(train(config, tmp_path / str(number))).model
        found.append(model['h.description.last.conv.weight'])
    assert all(not torch.equal(one, other) for one, other in itertools.combinations(found, 2))
