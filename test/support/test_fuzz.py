# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The program that damages inputs sees what it should see, and finds nothing in a small share."""
import numpy as np
import pytest

from residual_features_ros.errors import DatasetError
from support import fuzz


def raising(error):
    def read():
        raise error
    return read


@pytest.mark.parametrize(('read', 'came'), [
    (lambda: None, 'good or told'),
    (raising(DatasetError('a.txt: no row of numbers in it')), 'error'),
    (raising(DatasetError('two\nlines')), 'FOUND a message of 9 characters'),
    (raising(fuzz.Silence('5 of 6 images')), 'FOUND silence: 5 of 6 images'),
    (raising(KeyError('x')), 'FOUND KeyError in test_fuzz.py')])
def test_what_reading_comes_to_is_told_apart(read, came):
    assert fuzz.outcome(read).startswith(came)


def test_damage_is_the_same_for_one_seed():
    once, again = (fuzz.damaged(np.random.default_rng(4), bytes(range(200))) for _ in range(2))
    assert once == again != bytes(range(200))


@pytest.mark.parametrize('part', fuzz.PARTS)
def test_a_small_share_of_damage_passes_nowhere_in_silence(part, capsys):
    if part == 'bags':
        pytest.importorskip('rosbags', reason='the package rosbags is not installed')
    assert fuzz.main([part, '--share', '0.01', '--seed', '7']) == 0, capsys.readouterr().out
