# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
from support.options import parse

from residual_features_ros.errors import CommandError, ConfigError


def test_methods_are_parted_by_commas_or_spaces(tmp_path):
    for words in (['orb,sift', 'orb'], ['orb', 'sift']):
        found = parse('evaluate-slam', str(tmp_path), '--methods', *words, '--black', '1', '2.5')
        assert found.methods == ('orb', 'sift') and found.black == (1.0, 2.5)


@pytest.mark.parametrize(('words', 'error', 'said'), [
    (['--methods', 'orc'], ConfigError, 'orc'), (['--methods', ','], CommandError, 'no method'),
    (['--methods', 'orb+guided'], CommandError, 'name no matcher'),
    (['--black', '0'], CommandError, 'larger than 0'), (['--hz', '-1'], CommandError, 'larger')])
def test_what_cannot_be_evaluated_is_refused(tmp_path, words, error, said):
    with pytest.raises(error, match=said):
        parse('evaluate-slam', str(tmp_path), *words)


def test_a_source_that_is_not_there_is_named():
    with pytest.raises(CommandError, match='nowhere: no such bag or folder'):
        parse('evaluate-slam', 'nowhere')
