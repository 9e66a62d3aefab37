# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import json
import shutil

import pytest
from support.saved_runs import save_run

from residual_features_ros.errors import ConfigError
from training import checkpoint, methods
from training.__main__ import main
from training.config import override
from training.data.sources.packed import write_pack
from training.resuming import announce, changes, differences, digest_of, free
from training.runs import open_run
from training.train import train

METHOD = 'residual_rootsift_small'
DECISIVE = {
    'optim.lr=0.5': 'optim.lr was 0.001, not 0.5', 'optim.batch=1': 'optim.batch was 2, not 1',
    'seed=7': 'seed was 0, not 7', 'loss.kind=hinge': "loss.kind was 'places', not 'hinge'",
    'data.keypoints=50': 'data.keypoints was 60', 'optim.schedule=cosine': 'optim.schedule',
    'pretrained=residual_sift_small': "pretrained was ''", 'data.cache=there': 'data.cache',
    'data.warp.scale=3.0': 'data.warp.scale', 'model.width=64': 'model.width was 256, not 64',
    'data.validation_pairs=3': 'data.validation_pairs was 2'}


@pytest.fixture(scope='module')
def settings(photographs):
    return [f'data.images={photographs}', 'data.size=(128, 96)', 'data.keypoints=60',
            'data.workers=0', 'data.validation_pairs=2', 'optim.steps=2', 'optim.batch=2',
            'optim.schedule=constant', 'threads=1', 'precision=fp32']


@pytest.fixture(scope='module')
def run(settings, tmp_path_factory):
    """Return the folder of a finished run."""
    out = tmp_path_factory.mktemp('runs') / 'finished'
    train(override(methods.create(METHOD), settings), out)
    return out


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob('*')
            if path.is_file()}


@pytest.mark.parametrize('steps', [2, 4])
@pytest.mark.parametrize('setting', DECISIVE)
def test_what_decides_what_is_learned_is_refused_and_nothing_is_written(
        setting, steps, run, settings):
    before = contents(run)
    config = override(methods.create(METHOD), [*settings, f'optim.steps={steps}', setting])
    with pytest.raises(ConfigError, match=DECISIVE[setting]) as refused:
        train(config, run)
    assert '--restart' in str(refused.value) and 'a new --out' in str(refused.value)
    assert contents(run) == before


def test_all_settings_that_differ_are_named(run, settings):
    config = override(methods.create(METHOD), [*settings, 'seed=3', 'optim.lr=0.1'])
    with pytest.raises(ConfigError, match=r'seed was 0, not 3; optim.lr was 0.001, not 0.1\)'):
        train(config, run)


def test_a_finished_run_says_so_and_what_changes_nothing(run, settings, capsys):
    before = contents(run)
    config = override(methods.create(METHOD), settings)
    assert train(config, run) == run / 'last.pt'
    assert capsys.readouterr().out == f'{run / "last.pt"}: finished, with 2 steps\n'
    train(override(config, ['validate_every=7']), run)
    assert capsys.readouterr().out.endswith('finished, with 2 steps; validate_every changes '
                                            'nothing\n')
    with pytest.raises(ConfigError, match='stage train has 2 steps already, not 1; '):
        train(override(config, ['optim.steps=1']), run)
    assert contents(run) == before


def test_how_long_where_and_how_often_is_logged_and_recorded(run, settings, tmp_path, capsys):
    out = tmp_path / 'run'
    shutil.copytree(run, out)
    config = override(methods.create(METHOD), [*settings, 'optim.steps=3', 'validate_every=3'])
    state = checkpoint.load(train(config, out))
    assert state.changes == [
        {'step': 2, 'setting': 'validate_every', 'from': 500, 'to': 3},
        {'step': 2, 'setting': 'optim.steps', 'from': 2, 'to': 3}]
    saved = json.loads((out / 'config.json').read_text())
    assert saved['changes'] == state.changes and saved['optim']['steps'] == 3
    said = capsys.readouterr().out
    assert 'from step 2 on optim.steps is 3, it was 2\n' in said
    assert 'from step 2 on validate_every is 3, it was 500\n' in said
    state = checkpoint.load(train(override(config, ['optim.steps=4']), out))
    assert [change['step'] for change in state.changes] == [2, 2, 3]


def test_another_length_of_a_cosine_changes_the_rate_and_says_so():
    made = [{'step': 9, 'setting': 'optim.steps', 'from': 10, 'to': 20}]
    assert list(announce(made, {'optim': 'cosine'})) == [
        'from step 9 on optim.steps is 20, it was 10; the rate follows the new length']
    assert list(announce(made, {'optim': 'constant'})) == [
        'from step 9 on optim.steps is 20, it was 10']


def test_photographs_may_move_but_not_change(run, settings, photographs, tmp_path):
    saved = open_run(run / 'last.pt')
    stages = methods.load(METHOD).stages(saved.config)

    def asked(images):
        config = override(saved.config, [f'data.images={images}'])
        return changes(saved, config, stages, run / 'last.pt', digest_of(config.data))
    moved = tmp_path / photographs.name
    shutil.copytree(photographs, moved)
    assert [change['setting'] for change in asked(moved)] == ['data.images']
    write_pack(photographs, tmp_path / 'some.pack', (128, 96))
    with pytest.raises(ConfigError, match=r'data\.images was .*some\.pack'):
        asked(tmp_path / 'some.pack')
    (moved / 'first' / '0.png').unlink()
    with pytest.raises(ConfigError, match=r'data\.images was '):
        asked(moved)
    other = dataclasses.replace(saved, state=dataclasses.replace(saved.state, photographs='0'))
    with pytest.raises(ConfigError, match='has other photographs'):
        changes(other, saved.config, stages, run / 'last.pt', digest_of(saved.config.data))


def test_a_cache_may_move_but_not_come_or_go():
    assert free('data.cache', ('a', 'b')) and not free('data.cache', ('', 'b'))
    assert free('threads', (1, 2)) and not free('seed', (1, 2))


def test_posed_pairs_and_none_have_no_digest():
    data = methods.create(METHOD).data
    assert digest_of(data) == ''
    assert digest_of(dataclasses.replace(data, kind='tum', images='there')) == ''


def test_differences_are_named_by_their_path():
    config = methods.create(METHOD)
    assert differences(config, override(config, ['data.warp.scale=3.0', 'seed=1'])) == {
        'seed': (0, 1), 'data.warp.scale': (2.0, 3.0)}


def test_a_stage_that_is_over_keeps_its_length(tmp_path):
    config = methods.create('posfeat', 'short')
    save_run(tmp_path / 'last.pt', config, None)
    state = checkpoint.load(tmp_path / 'last.pt')
    checkpoint.save(tmp_path / 'last.pt', dataclasses.replace(state, stage='detect', step=5))
    saved = open_run(tmp_path / 'last.pt')

    def asked(*settings):
        new = override(config, settings)
        return changes(saved, new, methods.load('posfeat').stages(new), tmp_path / 'last.pt', '')
    assert len(asked('stages.detect.steps=5')) == 1
    for setting, words in (('stages.describe.steps=2301', 'describe has 2300 steps already'),
                           ('stages.detect.steps=4', 'detect has 5 steps already')):
        with pytest.raises(ConfigError, match=words):
            asked(setting)


def test_the_command_line_refuses_in_one_sentence(run, settings, capsys):
    assert main(['train', METHOD, *settings, 'seed=5', '--out', str(run)]) == 2
    error = capsys.readouterr().err
    assert error.startswith('error: ') and error.count('\n') == 1
