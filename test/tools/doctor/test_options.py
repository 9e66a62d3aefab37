# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
from support.options import parse

from residual_features_ros.errors import CommandError


def test_nothing_is_timed_where_that_is_asked_for():
    options = parse('doctor', '--no-benchmark', '--listen', '2')
    assert not options.benchmark and options.listen_s == 2


@pytest.mark.parametrize('words', [('--seconds', '0'), ('--seconds', 'nan'), ('--listen', '-1'),
                                   ('--listen', '601')])
def test_times_that_do_not_do_are_refused(words):
    with pytest.raises(CommandError, match='--seconds lies in'):
        parse('doctor', *words)
