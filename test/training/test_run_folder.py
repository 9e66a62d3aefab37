# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import re

import pytest
import torch

from training import checkpoint, methods
from training.__main__ import main
from training.checkpoint import TrainState
from training.config import override
from training.run_folder import RunFolder
from training.train import train

METHOD = 'residual_rootsift_small'
STATE = TrainState({}, 'train', 3, 10, {}, {}, torch.get_rng_state(), {}, [], {},
                   changes=[{'step': 1}])


def test_settings_are_written_once_and_with_their_changes(tmp_path):
    folder = RunFolder(tmp_path / 'run', {'seed': 1}, STATE, [{'step': 13}], 'digest')
    assert not (tmp_path / 'run').exists() and folder.saved == 13
    folder.begin()
    path = tmp_path / 'run' / 'config.json'
    assert json.loads(path.read_text()) == {'seed': 1, 'changes': [{'step': 1}, {'step': 13}]}
    path.write_text('mine')
    folder.begin()
    assert path.read_text() == 'mine'


def test_other_settings_and_what_is_restarted_are_moved_aside(tmp_path, capsys):
    out = tmp_path / 'run'
    RunFolder(out, {'seed': 1}, None, [], '').begin()
    RunFolder(out, {'seed': 2}, None, [], '').begin()
    assert json.loads((out / 'config_2.json').read_text()) == {'seed': 1}
    RunFolder(out, {'seed': 3}, None, [], '', restart=True).begin()
    assert [path.name for path in out.iterdir()] == ['config.json']
    assert json.loads((tmp_path / 'run_2' / 'config.json').read_text()) == {'seed': 2}
    assert f'{out}: what was there is now {out}_2' in capsys.readouterr().out


def test_it_says_what_is_kept_and_how_to_go_on(tmp_path):
    folder = RunFolder(tmp_path / 'run', {}, None, [], '')
    assert folder.stopped().endswith(f'{tmp_path / "run"} is as it was')
    assert folder.kept() == 'there is no checkpoint yet'
    folder.begin()
    assert 'the same command begins anew' in folder.stopped()
    folder.save(folder.best, STATE)
    assert folder.saved is None
    folder.save(folder.last, STATE)
    assert folder.stopped() == (f'stopped; {folder.last} has step 13, the same command goes on '
                                'from there')
    assert folder.kept() == f'{folder.last} is that of step 13, before it'
    again = RunFolder(tmp_path / 'run', {}, None, [], '', restart=True)
    assert 'is as it was' in again.stopped()
    again.save(again.last, STATE)
    assert 'the same command without --restart' in again.stopped()


@pytest.mark.parametrize('settings', [
    ['data.images=nowhere'], ['optim.steps=0'], ['optim.batch=0'], ['data.keypoints=0'],
    ['loss.kind=distil', 'loss.teacher=nowhere.pt'],
    ['pretrained=nowhere.pt'], ['precision=fp16']])
def test_a_failed_start_leaves_nothing_behind(settings, small_run, tmp_path, capsys):
    out = tmp_path / 'runs' / 'run'
    assert main(['train', METHOD, '--out', str(out), *small_run, *settings]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith('error: ')
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(('kind', 'expected'), [
    ('megadepth', r'scene_info\*/\*\.npz'), ('phototourism', r'sparse/\{cameras,images\}\.bin'),
    ('tum', r'rgb\.txt, groundtruth\.txt'), ('rgbd', r'K\.txt, poses\.txt'),
    ('scannet', r'intrinsic/intrinsic_depth\.txt')])
def test_a_wrong_layout_names_the_files_that_it_has(kind, expected, small_run, tmp_path, capsys):
    assert main(['train', METHOD, '--out', str(tmp_path / 'run'), *small_run,
                 f'data.kind={kind}']) == 2
    assert re.search(expected, capsys.readouterr().err)
    assert not list(tmp_path.iterdir())


def test_a_restart_that_fails_moves_nothing(small_run, tmp_path):
    out = tmp_path / 'run'
    config = override(methods.create(METHOD), [*small_run, 'optim.steps=1'])
    before = train(config, out).read_bytes()
    with pytest.raises(ValueError, match='nowhere'):
        train(override(config, ['data.images=nowhere']), out, resume=False)
    assert (out / 'last.pt').read_bytes() == before and len(list(tmp_path.iterdir())) == 1
    assert checkpoint.load(out / 'best.pt').step == 1
