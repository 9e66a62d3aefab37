# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The stand-in for TensorRT and CUDA in the place of both, and a cache of engines to itself."""
import pytest
from support import fake_tensorrt

from residual_features_ros.model_card import load_card


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return an empty folder of engines, which is not there yet."""
    monkeypatch.setenv('RESIDUAL_FEATURES_CACHE', str(tmp_path / 'cache'))
    return tmp_path / 'cache' / 'engines'


@pytest.fixture
def cuda(folder, monkeypatch):
    """Put the stand-ins in place; return CUDA's."""
    pytest.importorskip('onnx', reason='onnx, of whose files engines are made, is not installed')
    return fake_tensorrt.install(monkeypatch, folder.parent)


@pytest.fixture
def h():
    """Return a small network h."""
    return load_card('residual_rootsift_small').path('h')
