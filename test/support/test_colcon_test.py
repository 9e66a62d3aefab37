# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Runs of pytest in a small repository, as colcon test starts them."""
import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from support.paths import ROOT

PASSES, FAILS = 'def test_it(): pass\n', 'def test_it(): assert 0\n'
SKIPS = 'import pytest\npytest.importorskip("no_such_package")\n'


def run(folder, source, *words):
    """Return the exit code of pytest, the failures in its report, and what it printed."""
    (folder / 'test').mkdir()
    (folder / 'test' / 'test_it.py').write_text(source)
    (folder / 'pytest.ini').write_text(
        '[pytest]\ntestpaths = test\n'
        'addopts = -p support.colcon_test -p no:cacheprovider -p no:launch_testing '
        '-p no:launch_ros\n')
    places = filter(None, [str(ROOT / 'test'), os.environ.get('PYTHONPATH')])
    done = subprocess.run([sys.executable, '-m', 'pytest', '--junit-xml=report.xml', *words],
                          cwd=folder, capture_output=True, text=True,
                          env={**os.environ, 'PYTHONPATH': os.pathsep.join(places)})
    report = ElementTree.parse(folder / 'report.xml').getroot().find('testsuite')
    return done.returncode, int(report.get('failures')), done.stdout


@pytest.mark.parametrize(('source', 'words', 'code', 'failures'), [
    (PASSES, (), 0, 0), (FAILS, (), 1, 1), ('', (), 4, 1), (SKIPS, (), 4, 1),
    (PASSES, ('-k', 'other'), 4, 1),
    (SKIPS, ('test/test_it.py',), 5, 0), (PASSES, ('--collect-only',), 0, 0)])
def test_a_whole_run_without_a_test_is_a_failure(tmp_path, source, words, code, failures):
    found = run(tmp_path, source, *words)
    assert found[:2] == (code, failures)
    assert ('no test was run' in found[2]) == (code == 4)


@pytest.mark.parametrize(('optional', 'code'), [('no_such_package', 4), ('another', 2)])
def test_an_optional_package_that_is_missing_ends_no_collection(tmp_path, optional, code):
    (tmp_path / 'conftest.py').write_text(
        f'from support import colcon_test\ncolcon_test.OPTIONAL = ({optional!r},)\n')
    found = run(tmp_path, 'import no_such_package\n', '-ra')
    assert found[0] == code
    assert ('no_such_package is not installed' in found[2]) == (code == 4)


def test_a_run_without_pytest_is_a_failure():
    done = subprocess.run([sys.executable, '-m', 'unittest', '-v'], cwd=ROOT,
                          capture_output=True, text=True)
    assert done.returncode == 1
    assert 'no test was run: they need pytest' in done.stderr


@pytest.mark.parametrize('value', [bytes(600_000), 'x' * 600_000])
def test_no_name_is_longer_than_a_line_that_colcon_reads(request, value):
    assert f'value of {len(value)}' in request.node.name
    assert max(len(item.nodeid) for item in request.session.items) < 8000


def test_the_hook_that_ends_collection_is_off(pytestconfig):
    blocked = [name for name in ('launch_testing', 'launch_ros')
               if pytestconfig.pluginmanager.is_blocked(name)]
    assert blocked == ['launch_testing', 'launch_ros']
