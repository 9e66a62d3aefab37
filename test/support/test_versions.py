# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import sys

import pytest

from support import versions
from support.paths import ROOT
from support.versions import CELLS, CORE, PAGE, RESULTS, Result, interpreter, read_results, save

CELL = Result('3.10.13', '1.21.6', '4.5.4', 'wheels', 'Ubuntu 22.04', 9, 1, 0, 'abc')


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Return a repository with a test that passes, one that skips and one that fails."""
    (tmp_path / 'test_it.py').write_text(
        'import pytest\ndef test_a(): pass\ndef test_b(): pytest.skip()\ndef test_c(): assert 0\n')
    monkeypatch.setattr(versions, 'ROOT', tmp_path)
    return tmp_path


def test_a_cell_counts_what_ran_and_names_what_failed(small):
    result = versions.run_tests(sys.executable, 'wheels', '', ['test_it.py'])
    assert (result.passed, result.skipped, result.failed) == (1, 1, 1)
    assert result.failures == ['test_it.py::test_c'] and result.commit == 'unknown'
    assert result.python == sys.version.split()[0]


@pytest.mark.parametrize(('source', 'said'), [('import no_such_package', 'test_it.py'),
                                              (None, 'file or directory not found')])
def test_tests_that_cannot_run_are_a_failure(small, source, said):
    (small / 'test_it.py').unlink()
    if source:
        (small / 'test_it.py').write_text(source)
    result = versions.run_tests(sys.executable, 'wheels', '', ['test_it.py'])
    assert result.failed == 1 and result.passed == 0 and said in result.failures[0]


def test_results_of_other_cells_stay_and_the_same_cell_is_replaced(tmp_path):
    path = tmp_path / 'versions.json'
    newest = dataclasses.replace(CELL, python='3.9.1', like='')
    save(path, [CELL, newest], {'3.14': 'no such Python here'})
    later = dataclasses.replace(CELL, python='3.10.14', passed=10)
    ordered = save(path, [later], {})
    assert ordered == [newest, later] == read_results(path)[0]
    assert read_results(path)[1] == {'3.14': 'no such Python here'}
    save(path, [dataclasses.replace(CELL, python='3.14.0')], {})
    assert read_results(path)[1] == {}


def test_a_page_gets_the_table_in_place_of_its_own():
    text = 'a\n\n| Python | x |\n|---|---|\n| old | 1 |\n\n| other | y |\n'
    assert versions.page_with(['| Python |', '| new |'], text) == (
        'a\n\n| Python |\n| new |\n\n| other | y |\n')


def test_pythons_are_asked_for_their_version(tmp_path, monkeypatch):
    here = '.'.join(map(str, sys.version_info[:2]))
    bad, good = tmp_path / 'shims' / f'python{here}', tmp_path / '.pyenv/versions' / f'{here}.1'
    for path, text in ((bad, 'exit 127'), (good / 'bin' / f'python{here}', f'echo {here}')):
        path.parent.mkdir(parents=True)
        path.write_text(f'#!/bin/sh\n{text}\n')
        path.chmod(0o755)
    monkeypatch.setenv('PATH', str(bad.parent))
    monkeypatch.setenv('HOME', str(tmp_path))
    assert interpreter(here) == good / 'bin' / f'python{here}' and interpreter('3.99') is None


def test_the_core_is_there_and_the_matrix_covers_each_python_twice():
    assert [name for name in CORE if not (ROOT / name).exists()] == []
    pythons = [cell.python for cell in CELLS]
    assert all(pythons.count(python) == 2 for python in pythons)
    assert set(pythons) == {f'3.{minor}' for minor in range(10, 15)}


def test_the_page_shows_the_saved_results_none_of_which_failed():
    results, _ = read_results(RESULTS)
    assert '\n'.join(versions.table(results)) in PAGE.read_text()
    assert [result for result in results if result.failed or result.passed < 500] == []
