# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from residual_features_ros.backends import BACKENDS
from residual_features_ros.tools.doctor import machine


def test_every_part_has_a_row():
    rows = dict(machine.rows())
    assert {'Python', 'processor', 'OpenCV', 'numpy', 'loops', *BACKENDS} <= set(rows)


def test_a_python_without_numba_says_why(monkeypatch):
    monkeypatch.setattr(machine.compiling, 'numba', None)
    monkeypatch.setattr(machine.compiling, 'REASON', 'too old')
    assert dict(machine.rows())['loops'] == 'numpy (too old)'


def test_the_default_runs_or_it_is_told_why_not(monkeypatch, tmp_path):
    runs, why = machine.open_default()
    assert runs.startswith('residual_hessian_small: ') and why == ''
    monkeypatch.setattr('residual_features_ros.model_card.SHIPPED_WEIGHTS', tmp_path)
    runs, why = machine.open_default()
    assert runs == '' and 'residual_hessian_small does not run: ' in why
