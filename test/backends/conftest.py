# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The stand-in for TensorRT and CUDA in the place of both, and a cache of engines to itself.

What is of CUDA alone runs on a real GPU too, where there is one.
"""
import cv2
import pytest
from support import fake_tensorrt

from residual_features_ros.backends.nvidia.cuda import gpu
from residual_features_ros.backends.nvidia.sdk import load_cuda
from residual_features_ros.errors import BackendError
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
def real_cuda():
    """Return CUDA's runtime where there is a GPU."""
    try:
        runtime = load_cuda()
        gpu(runtime)
    except BackendError as error:
        pytest.skip(str(error))
    return runtime


@pytest.fixture(params=['cuda', 'real_cuda'])
def any_cuda(request):
    """Return the stand-in, and then the real one."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def h():
    """Return a small network h."""
    return load_card('residual_rootsift_small').path('h')


@pytest.fixture(autouse=True)
def same_threads():
    """Leave OpenCV as many threads as it had, which the backend opencv lowers."""
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)
