# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import shlex
from pathlib import Path

import cv2
import pytest
from support.paths import ROOT
from support.pictures import textured

from training import methods
from training.__main__ import main, parse
from training.config import override, to_dict
from training.export import public
from training.recipes import configure
from training.resuming import FREE, differences
from training.run_command import command_of
from training.runs import open_run

CARDS = {path.stem: json.loads(path.read_text())['training'] for path in sorted(
    (ROOT / 'residual_features_ros/weights').rglob('*.json')) if path.stem != 'confidence'}


def rebuilt(command):
    words = shlex.split(command)
    assert words[:3] == ['python', '-m', 'training']
    _, options = parse(words[3:])
    return configure(options.method, options.recipe, options.settings, Path())


@pytest.mark.parametrize(('method', 'recipe', 'settings'), [
    ('residual_rootsift_small', '', []),
    ('residual_sift', '', ['optim.steps=900', 'loss.negative=all']),
    ('residual_hessian_small', 'ours', ['data.size=(320, 240)', 'seed=4', 'model.dim=64']),
    ('residual_sift_small', 'paper', ['optim.steps=900']),
    ('residual_hessian_small', 'finetune', ['pretrained=residual_hessian_small']),
    ('posfeat', 'code', ['encoder=random']), ('goodpoint', '', []), ('lfnet', '', []),
    ('superpoint', '', ['data.photometric.noise=3.5']), ('attention', '', [])], ids=str)
def test_a_command_gives_the_settings_that_it_is_made_of(method, recipe, settings):
    config = override(configure(method, recipe, ['data.images=DIR', *settings], Path()),
                      ['threads=7', 'validate_every=3'])
    command = command_of(config, to_dict(config))
    assert rebuilt(command) == override(config, [
        f'threads={methods.create(method).threads}',
        f'validate_every={methods.create(method).validate_every}'])
    assert 'threads' not in command and '--recipe finetune' not in command
    assert ('--recipe paper' in command) == (recipe == 'paper')


def test_paths_are_not_named():
    config = override(methods.create('residual_rootsift_small'), [
        'data.images=/home/me/photographs', 'data.exposures=/home/me/light',
        'pretrained=/home/me/last.pt'])
    assert command_of(config, public(config)) == (
        'python -m training train residual_rootsift_small data.images=DIR pretrained=CHECKPOINT '
        'data.exposures=DIR')


@pytest.mark.parametrize('method', CARDS)
def test_a_shipped_cards_command_is_that_of_the_settings_on_it(method):
    there = methods.config_from(CARDS[method]['config'])
    assert CARDS[method]['command'] == command_of(there, to_dict(there))
    found = rebuilt(CARDS[method]['command'])
    assert set(differences(found, there)) <= {*FREE, 'data.images'}


def test_a_shipped_cards_command_trains(tmp_path):
    for number in range(4):
        cv2.imwrite(str(tmp_path / f'{number}.png'), textured(220, 180, seed=number))
    method = 'residual_hessian_tiny'
    command = CARDS[method]['command'].replace('CHECKPOINT', method)
    words = shlex.split(command.replace('=DIR', f'={tmp_path}'))[3:]
    out = tmp_path / 'run'
    assert main([*words, 'optim.steps=5', 'optim.batch=1', 'data.size=(160, 120)',
                 'data.workers=0', 'data.keypoints=60', 'data.distinct=5',
                 'data.validation_pairs=1', '--out', str(out)]) == 0
    assert open_run(out / 'last.pt').state.step == 5
