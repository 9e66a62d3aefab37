# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The flake8 of ROS, with its plug-ins, finds nothing; .flake8 says what it is not asked."""
import pytest
from support.paths import ROOT, SOURCES

linter = pytest.importorskip('ament_flake8.main', reason='ament_flake8 is not installed')


def faults(*paths):
    return linter.main_with_errors(argv=['--config', str(ROOT / '.flake8'), *paths])[1]


@pytest.mark.flake8
@pytest.mark.linter
def test_flake8(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert '\n'.join(faults(*SOURCES)) == ''


@pytest.mark.flake8
@pytest.mark.linter
@pytest.mark.parametrize(('line', 'codes'), [
    (f"NAME = '{'x' * 90}'", []), (f"NAME = '{'x' * 91}'", ['E501']), ('NAME = "x"', ['Q000']),
    ('import os', ['F401'])], ids=['99 columns', '100 columns', 'quotes', 'unused'])
def test_a_fault_is_told(tmp_path, monkeypatch, line, codes):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'module.py').write_text(f'{line}\n')
    assert [fault.split()[1] for fault in faults('module.py')] == codes
