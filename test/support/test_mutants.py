# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from support import mutants
from support.mutants import MUTANTS, Mutant, copy_checkout, main, occurrences, verdict
from support.paths import ROOT


@pytest.mark.parametrize('mutant', MUTANTS, ids=lambda mutant: mutant.name)
def test_what_a_mutant_changes_is_there_once_and_so_are_its_tests(mutant):
    assert occurrences(mutant) == 1
    assert all((ROOT / test).is_file() for test in mutant.tests)


def test_a_copy_of_the_checkout_has_what_is_not_ignored(tmp_path):
    copy_checkout(tmp_path / 'copy')
    assert (tmp_path / 'copy' / 'training' / '__main__.py').is_file()
    assert not (tmp_path / 'copy' / '.git').exists()


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Return mutants of a module `double` with a test, by their names."""
    (tmp_path / 'double.py').write_text('def double(x):\n    return 2 * x  # x + x\n')
    (tmp_path / 'test_double.py').write_text(
        'from double import double\n\ndef test():\n    assert double(2) == 4\n')
    (tmp_path / 'test_wrong.py').write_text('def test():\n    assert False\n')
    (tmp_path / '.gitignore').write_text('')
    monkeypatch.setattr(mutants, 'ROOT', tmp_path)
    right = ('test_double.py',)
    made = (Mutant('three', 'double.py', '2 * x', '3 * x', right),
            Mutant('square', 'double.py', '2 * x', 'x * x', right),
            Mutant('found', 'double.py', 'x', 'y', right),
            Mutant('away', 'double.py', 'x + x', '', ('test_wrong.py',)),
            Mutant('syntax', 'double.py', '2 * x', '2 *', right),
            Mutant('absent', 'triple.py', '3', '2', right),
            Mutant('no test', 'double.py', '2 * x', '3 * x', ('test_triple.py',)))
    monkeypatch.setattr(mutants, 'MUTANTS', made)
    return {mutant.name: mutant for mutant in made}


@pytest.mark.parametrize(('name', 'said'), [
    ('three', 'caught'), ('square', 'SURVIVED'), ('found', 'TEXT FOUND 4 TIMES'),
    ('away', 'TESTS FAIL WITHOUT IT (1)'), ('syntax', 'TESTS DO NOT RUN (2)'),
    ('absent', 'TEXT FOUND 0 TIMES'), ('no test', 'TESTS FAIL WITHOUT IT (4)')])
def test_a_verdict_says_whether_the_tests_notice(made, tmp_path, name, said):
    before = (tmp_path / 'double.py').read_text()
    assert verdict(made[name], tmp_path, {}) == said
    assert (tmp_path / 'double.py').read_text() == before


def test_the_exit_code_tells_of_survivors(made, capsys):
    assert main(['three']) == 0
    assert main(['three', 'square']) == 1
    assert capsys.readouterr().out.splitlines()[-3:] == [
        'caught     three', 'SURVIVED   square', '1 of 2 caught']
