# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The pydocstyle of ROS finds nothing in docstrings; ruff asks more of those that are public."""
import pytest
from support.paths import ROOT, SOURCES

linter = pytest.importorskip('ament_pep257.main', reason='ament_pep257 is not installed')

IGNORED = {
    # That there is one: ruff asks for it outside tests.
    'D100', 'D101', 'D102', 'D103', 'D104', 'D105', 'D106', 'D107',
    # The opposites of D211 and D212, which hold here.
    'D203', 'D213',
    # Sections underlined as NumPy has them; ours are Google's.
    'D406', 'D407', 'D413',
    # Properties are nouns; ruff, which knows properties, asks functions for the imperative.
    'D401',
    # It takes "distances (N, M)", an array and its shape, for a signature.
    'D402',
    # GoodPoint, rclpy and h begin as they are written.
    'D403',
}


def code_of(*paths):
    return linter.main(argv=['--ignore', *sorted(IGNORED), '--', *paths])


@pytest.mark.pep257
@pytest.mark.linter
def test_pep257(monkeypatch, capfd):
    monkeypatch.chdir(ROOT)
    code = code_of(*SOURCES)
    said = [line for stream in capfd.readouterr() for line in stream.splitlines()]
    assert '\n'.join(line for line in said if not line.startswith('checking ')) \
        == 'No problems found'
    assert code == 0


@pytest.mark.pep257
@pytest.mark.linter
@pytest.mark.parametrize(('docstring', 'code'), [
    ('Return x.', 0), ('Return x', 1), ('\n    Return x.\n    ', 1)])
def test_a_fault_is_told(tmp_path, docstring, code):
    path = tmp_path / 'module.py'
    path.write_text(f'def x():\n    """{docstring}"""\n')
    assert code_of(str(path)) == code
