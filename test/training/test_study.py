# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import pytest

from training.__main__ import main
from training.config import override
from training.methods.residual.recipe import create
from training.study import crossing, doubling, factor, plan, study

METHOD = 'residual_rootsift_small'


def test_the_factor_by_hand():
    fused = {'steps': [0, 50, 100], 'seconds': [0, 10.0, 20.0], 'score': [0.2, 0.4, 0.8]}
    rival = {'steps': [0, 50, 100], 'seconds': [0, 6.0, 12.0], 'score': [0.0, 0.7, 0.6]}
    found = factor(fused, rival)  # 0.6 is half-way between the last two validations
    assert found['score'] == 0.6
    assert found['steps'] == pytest.approx({'rival': 100, 'fused': 75, 'factor': 4 / 3})
    assert found['seconds'] == pytest.approx({'rival': 12, 'fused': 15, 'factor': 0.8})


def test_a_score_had_from_the_start_or_never_has_no_factor():
    assert crossing([0, 10], [0.5, 0.6], 0.4) == 0
    assert crossing([0, 10], [0.5, 0.6], 0.7) is None
    assert crossing([0, 10, 20], [0.5, 0.1, 0.5], 0.3) == 15  # had once, lost, had again
    assert crossing([0, 10], [0.5, 0.1], 0.3) is None
    curve = {'steps': [0, 10], 'seconds': [0, 1.0], 'score': [0.5, 0.6]}
    assert factor(curve, {**curve, 'score': [0.0, 0.5]})['steps'] == {
        'rival': 10, 'fused': 0, 'factor': None}
    assert factor(curve, {**curve, 'score': [0.0, 0.7]})['steps'] == {
        'rival': 10, 'fused': None, 'factor': None}


def test_runs_differ_in_fusion_and_loss_alone():
    runs = plan(override(create(METHOD, 'convergence'), ['optim.steps=150', 'seed=3']))
    assert {run.validate_at for run in runs.values()} == {doubling(150)} == {(25, 50, 100)}
    assert [run.model.fusion for run in runs.values()] == ['paper', 'none', 'none']
    assert [run.loss.kind for run in runs.values()] == ['places', 'places', 'superpoint']
    assert [run.method for run in runs.values()] == [METHOD, 'cnn_sift_small', 'cnn_sift_small']
    for name in ('data', 'optim', 'seed', 'handcrafted'):
        assert len({getattr(run, name) for run in runs.values()}) == 1
    with pytest.raises(ValueError, match='no fusion'):
        plan(create('cnn_sift_small'))
    with pytest.raises(ValueError, match='no homographies'):
        plan(override(create(METHOD), ['data.kind=tum']))


@pytest.mark.parametrize(('method', 'alone'), [
    ('residual_sift', 'cnn_sift'), ('residual_rootsift_small', 'cnn_sift_small'),
    ('residual_surf', 'cnn_surf'), ('residual_surf_small', 'cnn_surf_small'),
    ('residual_rootsift_tiny', 'cnn_sift'), ('residual_orb_small', 'cnn_sift_small')])
def test_the_rival_without_fusion_is_of_the_nearest_keypoints_and_network(method, alone):
    assert plan(create(method))['no_fusion'].method == alone


def test_a_study_under_torchrun_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv('WORLD_SIZE', '2')
    with pytest.raises(ValueError, match='torchrun'):
        study(create(METHOD), tmp_path, '', '')


def test_a_study_is_written_drawn_resumed_and_not_mixed(small_run, tmp_path, capsys):
    command = ['study', '--out', str(tmp_path), *small_run, 'validate_at=(1, 2)']
    assert main(command) == 0
    result = json.loads((tmp_path / 'study.json').read_text())
    assert list(result['runs']) == ['fused', 'no_fusion', 'superpoint']
    for run in result['runs'].values():
        assert run['steps'] == [0, 1, 2, 4]
        assert run['seconds'] == sorted(run['seconds']) and len(run['score']) == 4
        assert set(run['reaches_handcrafted']) == {'steps', 'seconds'}
    assert 0 < result['handcrafted'] <= 1
    assert set(result['factor']) == {'no_fusion', 'superpoint'}
    assert str(tmp_path.parent) not in (tmp_path / 'study.json').read_text()
    assert 'data.images=DIR' in result['command']
    assert cv2.imread(str(tmp_path / 'study.png')).shape[0] > 300
    assert 'superpoint' in capsys.readouterr().out

    before = (tmp_path / 'fused' / 'last.pt').stat().st_mtime_ns
    (tmp_path / 'superpoint' / 'last.pt').unlink()
    assert main(command) == 0
    assert (tmp_path / 'fused' / 'last.pt').stat().st_mtime_ns == before
    again = json.loads((tmp_path / 'study.json').read_text())
    assert again['runs']['superpoint']['score'] == result['runs']['superpoint']['score']

    assert main([*command, 'optim.lr=0.5']) == 2
    assert 'other settings' in capsys.readouterr().err
