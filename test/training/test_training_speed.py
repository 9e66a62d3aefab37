# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from training.__main__ import main
from training.recipes import configure
from training.training_speed import StageSpeed, hours, parts_of, shortened, stage_speeds


def test_the_first_step_is_not_timed():
    history = [{'stage': 'a', 'step': step, 'seconds': seconds}
               for step, seconds in ((0, 0.0), (1, 10.0), (5, 12.0))]
    history += [{'stage': 'b', 'step': step, 'seconds': seconds}
                for step, seconds in ((1, 13.0), (3, 17.0))]
    found = stage_speeds(history, {'a': (1000, 4), 'b': (100, 6), 'c': (0, 6)})
    assert found == {'a': StageSpeed(4000, 8.0), 'b': StageSpeed(600, 3.0)}  # 4 * 4 / 2, 2 * 6 / 4
    assert hours({'a': {'pairs': 7200, 'pairs_per_second': 2.0},
                  'b': {'pairs': 3600, 'pairs_per_second': 1.0}}) == 2


def test_a_stage_without_steps_stays_without(tmp_path):
    config = configure('goodpoint', 'paper', [], tmp_path)
    short = shortened(config, 3)
    assert (short.stages.corners.steps, short.validate_at) == (0, (1,))
    assert parts_of('posfeat:paper:encoder=random') == ('posfeat', 'paper', ['encoder=random'])


def test_hours_are_of_the_whole_schedule(small_run, tmp_path, capsys):
    settings = [text for text in small_run if not text.startswith(('optim', 'validate', 'check'))]
    out = tmp_path / 'speed.json'
    command = ['training-speed', 'residual_sift_small:paper:optim.batch=2', *settings, '--steps',
               '3', '--out', str(out)]
    assert main(command) == 0
    saved = json.loads(out.read_text())
    found = saved['methods']['residual_sift_small']
    assert found['stages']['train']['pairs'] == 2 * 59_000 and found['recipe'] == 'paper'
    assert found['stages']['train']['pairs_per_second'] > 0 and found['device'] == 'cpu'
    assert 'data.images=DIR' in saved['command'] and str(tmp_path) not in out.read_text()
    assert f'paper: {hours(found["stages"]):.1f} hours (cpu, ' in capsys.readouterr().out
    assert main(command) == 2  # nothing is written over


@pytest.mark.parametrize(('words', 'message'), [
    (['residual_sift', '--steps', '1'], 'expected 2 or more'), (['seed=1'], 'no run'),
    (['residual_sift', 'data.images=.'], 'which schedule?'),
    (['orb:paper', 'data.images=.'], 'orb')])
def test_what_cannot_be_measured_is_a_sentence(words, message, tmp_path, capsys):
    assert main(['training-speed', *words, '--out', str(tmp_path / 'a.json')]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count('\n') == 1
