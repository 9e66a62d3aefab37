# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from training.__main__ import main, parse


def options(*further):
    return parse(['evaluate', 'place_recognition', '--root', 'a', *further])[1].options


def test_words_are_those_of_the_command_line():
    assert options().words() == ()
    given = options('--vocabularies', 'v', '--sequences', 'x,y', '--revisit', '0.5,20')
    assert (given.vocabularies, given.sequences, given.revisit) == ('v', ('x', 'y'), (0.5, 20))
    assert given.words() == ('--vocabularies', 'DIR', '--sequences', 'x,y', '--revisit', '0.5,20')


@pytest.mark.parametrize('text', ['1', 'a,b', '0,30', '1,0', '1,181', '1,2,3'])
def test_a_revisit_is_a_distance_and_an_angle(text, capsys):
    with pytest.raises(SystemExit):
        main(['evaluate', 'place_recognition', '--root', 'a', '--revisit', text])
    assert '--revisit' in capsys.readouterr().err
