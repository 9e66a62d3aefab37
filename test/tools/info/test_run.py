# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.backends import BACKENDS
from residual_features_ros.errors import BackendError
from residual_features_ros.registry import METHODS
from residual_features_ros.tools.command_line import main
from residual_features_ros.tools.info import run as info


def test_info_lists_every_method_and_backend(capsys):
    assert main(['info']) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in [*METHODS, *BACKENDS, 'rclpy', 'cv_bridge'])


def test_missing_and_broken_weights_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.setattr('residual_features_ros.model_card.SHIPPED_WEIGHTS', tmp_path)
    assert info.method_row('residual_sift')[1] == 'missing'
    (tmp_path / 'residual_sift.json').write_text('{')
    _, state, why = info.method_row('residual_sift')
    assert state == 'BROKEN'
    assert 'expected a model card' in why


def test_a_backend_that_does_not_run_says_why(monkeypatch):
    def refuse(name):
        raise BackendError('pip install openvino')
    monkeypatch.setattr(info, 'load_backend', refuse)
    assert info.backend_state('openvino') == 'does not run: pip install openvino'


def test_a_module_that_does_not_import_says_why():
    assert info.module_state('json', '').endswith('.py')
    assert 'No module named' in info.module_state('no_such_module', 'remedy')


@pytest.mark.parametrize(('scores', 'words'), [
    ({}, []), ({'recall': 0.12345, 'pairs': 3}, ['recall 0.123', 'pairs 3']),
    ({'a': {'b': 1.0}, 'c': 'd'}, ['a b 1', 'c d'])])
def test_scores_are_listed_flat(scores, words):
    assert info.numbers(scores) == words


@pytest.mark.parametrize(('numpy_s', 'words'), [
    (0.05, 'numpy'), (2.0, 'OpenCV takes its place in matching and is 20 times as fast')])
def test_a_slow_numpy_is_told(monkeypatch, numpy_s, words):
    monkeypatch.setattr(info.products, 'has_optimised_blas', lambda: False)
    monkeypatch.setattr(info.products, 'measure',
                        lambda: {'numpy': numpy_s, 'OpenCV': 0.1, 'einsum': 0.5})
    assert words in info.matrix_products()
