# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest
from support.options import parse

from residual_features_ros.errors import CommandError, ConfigError
from residual_features_ros.tools.evaluate_bag.options import written


@pytest.mark.parametrize('text', ['1 2 3 0 0 0.6 0.8', '1,2,3,0,0,0.6,0.8'])
def test_the_camera_in_the_body_is_seven_numbers(text):
    assert parse('evaluate-bag', 'bag', '--camera-in-body', text).inputs.camera_in_body == \
        (1, 2, 3, 0, 0, 0.6, 0.8)


@pytest.mark.parametrize('text', ['1 2', '1 2 3 0 0 0 x', '1 2 3 0 0 0 0', 'nan 2 3 0 0 0 1',
                                  '1 2 3 0 0 inf 1'])
def test_what_is_no_pose_is_refused(text):
    with pytest.raises(CommandError, match='--camera-in-body takes 7 numbers'):
        parse('evaluate-bag', 'bag', '--camera-in-body', text)


@pytest.mark.parametrize(('words', 'said'), [
    (['--methods', ','], 'names no method'), (['--tolerance', '-1'], 'not be negative'),
    (['--threshold', '0'], 'must be larger than 0'), (['--rate', '0'], 'must be larger than 0'),
    (['--out', './bag'], '--out bag is the bag')])
def test_what_cannot_be_evaluated_is_refused(words, said):
    with pytest.raises(CommandError, match=said):
        parse('evaluate-bag', 'bag', *words)


def test_a_wrong_setting_is_refused_before_the_bag_is_opened():
    with pytest.raises(ConfigError, match='did you mean orb'):
        parse('evaluate-bag', 'no_such_bag', '--methods', 'rootsift,obr')


def test_a_method_that_is_named_twice_runs_once():
    assert parse('evaluate-bag', 'bag', '--methods', 'orb,sift,orb').methods == ('orb', 'sift')


@pytest.mark.parametrize(('words', 'gaps', 'plot'), [
    ([], (1,), False), (['--gaps', '1'], (1,), False), (['--gaps', '4'], (4,), True),
    (['--gaps', '8,1,2,8'], (1, 2, 8), True)])
def test_gaps_are_increasing_and_have_a_plot(words, gaps, plot):
    options = parse('evaluate-bag', 'bag', *words)
    assert options.gaps == gaps
    assert (Path('bag_report/gaps.png') in written(options)) == plot


@pytest.mark.parametrize('text', ['0', '-1', '1.5', '1,two', '', ','])
def test_what_is_no_gap_is_refused(text, capsys):
    with pytest.raises(SystemExit):
        parse('evaluate-bag', 'bag', f'--gaps={text}')
    assert 'argument --gaps: expected' in capsys.readouterr().err


def test_the_node_matches_each_image_to_the_one_before():
    with pytest.raises(CommandError, match='--gaps is for methods in this process'):
        parse('evaluate-bag', 'bag', '--through-node', '--gaps', '1,2')
    assert parse('evaluate-bag', 'bag', '--through-node', '--gaps', '1').through_node
