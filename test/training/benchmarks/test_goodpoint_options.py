# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from training.__main__ import parse


def asked(benchmark, *words):
    """Return the options of a benchmark for words of the command line."""
    return parse(['evaluate', benchmark, '--root', 'DIR', *words])[1].options


def test_the_papers_values_are_the_defaults():
    airsim, fire = asked('airsim'), asked('fire')
    assert (airsim.gap, airsim.roll_deg, airsim.protocol.size) == (5, 0, (320, 240))
    assert (fire.threshold_px, fire.protocol.size) == (5, (437, 437))
    for options in (airsim, fire):
        assert options.protocol.methods == ('superpoint', 'goodpoint') and options.words() == ()


def test_what_decides_the_result_stands_in_the_command():
    assert asked('airsim', '--roll', '5').words() == ('--roll', '5')
    assert asked('airsim', '--gap', '2', '--roll', '-2.5').words() == (
        '--gap', '2', '--roll', '-2.5')
    assert asked('fire', '--threshold', '3').words() == ('--threshold', '3')


def test_a_gap_that_goes_back_is_refused():
    with pytest.raises(ValueError, match='--gap -1: expected 0 or more'):
        asked('airsim', '--gap', '-1')
