# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import json
import shutil

import cv2
import pytest

from training import checkpoint
from training.__main__ import main, parse
from training.config import override
from training.convergence import STILL
from training.methods.residual.recipe import create
from training.runs import open_run
from training.study import check_data, check_settings, compare, plan, study, validations

METHOD = 'residual_rootsift_small'
RUNS = ['fused-0', 'no_fusion-0', 'superpoint-0']


@pytest.fixture(scope='module')
def command(small_run):
    """Return a study of seconds without its folder."""
    return ['study', '--method', METHOD, '--seeds', '0', *small_run, 'validate_at=(1, 2)']


@pytest.fixture(scope='module')
def trained(command, tmp_path_factory):
    """Return the folder of that study, done."""
    out = tmp_path_factory.mktemp('study')
    assert main([*command, '--out', str(out), '--data', 'made']) == 0
    return out


@pytest.fixture
def elsewhere(trained, tmp_path):
    """Return its runs as they come from another machine: checkpoints without optimiser."""
    for name in RUNS:
        (tmp_path / name).mkdir()
        state = checkpoint.load(trained / name / 'last.pt')
        config = {**state.config, 'threads': 8,
                  'data': {**state.config['data'], 'images': '/far', 'cache': '/fast',
                           'workers': 7}}
        checkpoint.save(tmp_path / name / 'last.pt',
                        dataclasses.replace(state, config=config, optimizer={}))
    return tmp_path


def test_it_is_validated_at_doubled_steps_and_half_way_between():
    assert validations(700) == (25, 50, 75, 100, 150, 200, 300, 400, 600)
    assert validations(300) == (25, 50, 75, 100, 150, 200)
    assert validations(4) == ()


@pytest.mark.parametrize('recipe', ['paper', 'convergence'])
def test_runs_of_a_seed_differ_in_fusion_and_loss_alone(recipe):
    runs = plan(override(create(METHOD, recipe), ['optim.steps=150']), 3)
    assert {run.validate_at for run in runs.values()} == {validations(150)}
    assert [run.model.fusion for run in runs.values()] == ['paper', 'none', 'none']
    kind = {'paper': 'hinge', 'convergence': 'places'}[recipe]
    assert [run.loss.kind for run in runs.values()] == [kind, kind, 'superpoint']
    assert [run.method for run in runs.values()] == [METHOD, 'cnn_sift_small', 'cnn_sift_small']
    assert {run.seed for run in runs.values()} == {3}
    for name in ('data', 'optim', 'handcrafted'):
        assert len({getattr(run, name) for run in runs.values()}) == 1


def test_runs_are_those_that_train_gives():
    runs = plan(override(create('residual_sift', 'paper'), ['optim.steps=150']), 1)
    same = ['optim.steps=150', 'seed=1', 'validate_every=150',
            f'validate_at={validations(150)}']
    alone = override(create('cnn_sift', 'paper'), same)
    assert runs == {'fused': override(create('residual_sift', 'paper'), same), 'no_fusion': alone,
                    'superpoint': override(alone, ['loss.kind=superpoint'])}


def test_what_cannot_be_studied_is_refused():
    with pytest.raises(ValueError, match='no fusion'):
        plan(create('cnn_sift_small'), 0)
    with pytest.raises(ValueError, match='no homographies'):
        plan(override(create(METHOD), ['data.kind=tum']), 0)


@pytest.mark.parametrize(('method', 'alone'), [
    ('residual_sift', 'cnn_sift'), ('residual_rootsift_small', 'cnn_sift_small'),
    ('residual_surf', 'cnn_surf'), ('residual_surf_small', 'cnn_surf_small'),
    ('residual_rootsift_tiny', 'cnn_sift'), ('residual_orb_small', 'cnn_sift_small')])
def test_the_rival_without_fusion_is_of_the_nearest_keypoints_and_network(method, alone):
    assert plan(create(method), 0)['no_fusion'].method == alone


def test_a_study_under_torchrun_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv('WORLD_SIZE', '2')
    with pytest.raises(ValueError, match='torchrun'):
        study(create(METHOD), [0], tmp_path, '', '')


@pytest.mark.parametrize(('words', 'message'), [
    (['seed=1'], 'those of --seeds'), (['--seeds', '0,x'], 'whole numbers, got 0,x')])
def test_seeds_are_numbers_and_said_once(words, message):
    with pytest.raises(ValueError, match=message):
        parse(['study', '--out', 'DIR', *words])


def test_the_papers_method_recipe_and_three_seeds_are_the_default():
    _, options = parse(['study', '--out', 'DIR', 'data.images=/home/me'])
    assert (options.method, options.recipe, options.seeds) == ('residual_sift', 'paper', (0, 1, 2))
    assert options.command() == (
        'python -m training study --method residual_sift --recipe paper --seeds 0,1,2 --out OUT '
        "--data 'not stated' data.images=DIR")


def test_factors_by_hand():
    fused = {'steps': [0, 50, 100, 200], 'seconds': [0, 5, 10, 20],
             'score': [0.0, 0.2, 0.4, 0.5], 'handcrafted': 0.4}
    rival = {'steps': [0, 100, 800, 1000], 'seconds': [0, 20, 160, 200],
             'score': [0.0, 0.1, 0.2, 0.3], 'handcrafted': 0.4}
    runs = {'fused': {0: fused, 1: {**fused, 'score': [0.2, 0.2, 0.3, 0.5]}},
            'superpoint': {0: rival, 1: rival}}
    found = compare(runs, 'superpoint')
    assert list(found) == ['50 %', '75 %', '100 %', 'own']
    half = found['50 %']
    assert half['steps']['seeds'][0] == {
        'score': pytest.approx(0.2), 'fused': {'before': 0, 'at': 50},
        'rival': {'before': 100, 'at': 800},
        'factor': {'least': 16, 'most': 16, 'low': 2, 'high': None}}
    own = found['own']
    assert own['steps']['seeds'][1]['score'] == 0.3 - STILL
    assert own['steps']['factor'] == {'least': 10, 'most': 10, 'low': 8, 'high': 20}
    assert own['seconds']['factor'] == {'least': 20, 'most': 20, 'low': 16, 'high': 40}
    assert found['100 %']['steps']['factor'] == {  # of fused at 100 and at 200
        'least': None, 'most': None, 'low': 5, 'high': None}


def test_a_study_is_written_and_drawn(trained):
    result = json.loads((trained / 'study.json').read_text())
    assert list(result['runs']) == ['fused', 'no_fusion', 'superpoint']
    for of_seeds in result['runs'].values():
        run = of_seeds['0']
        assert run['steps'] == [0, 1, 2, 4]
        assert run['seconds'] == sorted(run['seconds']) and len(run['score']) == 4
        assert run['machine'].startswith('cpu, ') and run['machine'].endswith('1 threads')
        assert set(run['reaches']['75 %']) == {'steps', 'seconds'}
        assert run['last_rise'] == run['score'][3] - run['score'][2]
    assert 0 < result['handcrafted']['0'] <= 1
    assert set(result['comparisons']) == {'no_fusion', 'superpoint'}
    assert str(trained.parent) not in (trained / 'study.json').read_text()
    assert result['data'] == 'made' and 'data.images=DIR' in result['command']
    assert cv2.imread(str(trained / 'study.png')).shape[0] > 300


def test_runs_from_elsewhere_are_read(elsewhere, trained, capsys):
    there = (trained / 'fused-0' / 'config.json').read_text()
    assert main(['study', '--method', METHOD, '--seeds', '0', '--out', str(elsewhere),
                 'data.size=(128, 96)', 'data.keypoints=60', 'data.validation_pairs=2',
                 'optim.steps=4', 'optim.batch=2']) == 0
    assert 'Trained on a machine that is not stated' in capsys.readouterr().out
    found, before = (json.loads((folder / 'study.json').read_text())
                     for folder in (elsewhere, trained))
    assert found['comparisons'] == before['comparisons']
    assert [path.name for path in (elsewhere / 'fused-0').iterdir()] == ['last.pt']
    assert (trained / 'fused-0' / 'config.json').read_text() == there


def test_only_runs_that_lack_steps_go_on(elsewhere, command, trained, capsys):
    shutil.rmtree(elsewhere / 'superpoint-0')
    before = (elsewhere / 'fused-0' / 'last.pt').stat().st_mtime_ns
    assert main([*command, '--out', str(elsewhere)]) == 0
    assert (elsewhere / 'fused-0' / 'last.pt').stat().st_mtime_ns == before
    scores = [json.loads((folder / 'study.json').read_text())['runs']['superpoint']['0']['score']
              for folder in (elsewhere, trained)]
    assert scores[0] == scores[1]
    capsys.readouterr()
    assert main([*command, 'optim.steps=6', '--out', str(elsewhere)]) == 2
    error = capsys.readouterr().err
    assert 'fused-0/last.pt: 4 of 6 steps' in error and 'ask for optim.steps=4' in error


def test_a_run_of_other_settings_is_not_read(elsewhere, command, capsys):
    assert main([*command, 'optim.lr=0.5', '--out', str(elsewhere)]) == 2
    assert 'other settings (optim.lr was 0.001, not 0.5)' in capsys.readouterr().err


def test_a_longer_run_counts_where_the_rate_does_not_depend_on_it(trained):
    path = trained / 'fused-0' / 'last.pt'
    run = open_run(path)
    shorter = dataclasses.replace(run.config.optim, steps=3)
    check_settings(run, dataclasses.replace(run.config, optim=shorter), path)
    cosine = dataclasses.replace(run.config.optim, schedule='cosine')
    run = dataclasses.replace(run, config=dataclasses.replace(run.config, optim=cosine))
    with pytest.raises(ValueError, match=r'optim\.steps was 4, not 3'):
        check_settings(run, dataclasses.replace(
            run.config, optim=dataclasses.replace(cosine, steps=3)), path)


def test_runs_of_different_photographs_or_pairs_are_not_compared(trained):
    run = open_run(trained / 'fused-0' / 'last.pt')
    other = dataclasses.replace(run, state=dataclasses.replace(run.state, photographs='other'))
    alike = {'fused': {0: {'handcrafted': 0.5}}, 'superpoint': {0: {'handcrafted': 0.505}}}
    with pytest.raises(ValueError, match='different photographs'):
        check_data({'fused': {0: run}, 'superpoint': {0: other}}, alike)
    check_data({'fused': {0: run}}, alike)
    alike['superpoint'][0]['handcrafted'] = 0.52
    with pytest.raises(ValueError, match=r'different pairs: .* 0\.500 to 0\.520'):
        check_data({'fused': {0: run}}, alike)


def test_results_without_their_runs_are_not_written_over(command, trained, tmp_path, capsys):
    shutil.copy(trained / 'study.json', tmp_path)
    assert main([*command, '--out', str(tmp_path)]) == 2
    assert 'there already' in capsys.readouterr().err
