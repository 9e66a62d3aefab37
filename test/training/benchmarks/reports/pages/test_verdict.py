# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from training.benchmarks.reports.pages.verdict import MEANING, VERDICTS, Comparison, judge, no_data


def verdict(*numbers):
    return judge([Comparison('x', *pair) for pair in numbers]).verdict


@pytest.mark.parametrize(('numbers', 'word'), [
    ([(2, 1), (4, 3)], 'holds'), ([(2, 1), (3, 4)], 'partly'), ([(1, 2), (3, 4)], 'no'),
    ([(1, 1), (2, 2)], 'tie'), ([(1, 1), (2, 1)], 'holds'), ([(1, 1), (1, 2)], 'no'),
    ([(None, 1)], 'open'), ([], 'open'), ([(2, 1), (None, 1)], 'partly'),
    ([(1, 2), (None, 1)], 'no'), ([(1, None)], 'open')])
def test_the_word_follows_from_the_numbers(numbers, word):
    assert verdict(*numbers) == word


def test_a_share_may_be_kept_and_less_may_be_better():
    assert judge([Comparison('x', 0.96, 1, least=0.95)]).verdict == 'holds'
    assert judge([Comparison('x', 0.94, 1, least=0.95)]).verdict == 'no'
    assert judge([Comparison('x', 1, 1, least=0.95)]).verdict == 'holds'
    assert judge([Comparison('x', 0.3, 0.4, less=True)]).verdict == 'holds'
    assert judge([Comparison('x', 0.5, 0.4, less=True)]).verdict == 'no'


def test_the_numbers_are_shown_and_what_is_not_measured_is_left_out():
    shown = judge([Comparison('640x480', 0.4071, 0.2893), Comparison('320x240', None, 0.3)])
    assert shown.ours == '640x480 .407 v .289'
    assert judge([]).ours == 'not measured'


def test_each_word_is_one_and_has_a_meaning():
    assert set(MEANING) == set(VERDICTS) and not [word for word in VERDICTS if ' ' in word]
    assert no_data('Aachen').verdict in VERDICTS and no_data('Aachen').ours == 'Aachen'
