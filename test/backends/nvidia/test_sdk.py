# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import sys

import pytest
from support import fake_tensorrt

from residual_features_ros.backends import Expected
from residual_features_ros.backends.nvidia import opening
from residual_features_ros.backends.nvidia.sdk import RTX, TENSORRT
from residual_features_ros.errors import BackendError


@pytest.mark.parametrize(('sdk', 'words'), [
    (TENSORRT, 'pip install tensorrt onnx cuda-python'),
    (RTX, 'pip install tensorrt-rtx-cu13 onnx cuda-python')])
def test_without_the_package_pip_is_named(sdk, words, cuda, monkeypatch):
    monkeypatch.setitem(sys.modules, sdk.module, None)
    with pytest.raises(BackendError, match=words):
        sdk.describe()


def test_a_version_that_is_too_old_is_told(cuda, monkeypatch):
    for version in ('8.6.1', '10.0.1'):
        monkeypatch.setattr(fake_tensorrt, '__version__', version)
        with pytest.raises(BackendError, match=rf'{version} is too old, 10\.1 .*pip install --up'):
            TENSORRT.describe()
    for version in ('10.1.0', '11.4.0.106'):
        monkeypatch.setattr(fake_tensorrt, '__version__', version)
        assert TENSORRT.describe().startswith(f'tensorrt {version}, Made GPU')


def test_a_gpu_that_is_too_old_is_told(cuda):
    cuda.gpu.major, cuda.gpu.minor = 6, 1
    with pytest.raises(BackendError, match=r'TensorRT runs .*7\.0 or later, here is Made'):
        TENSORRT.describe()


@pytest.mark.parametrize(('capability', 'runs'), [
    ((7, 5), False), ((8, 0), True), ((8, 6), True), ((8, 7), False), ((8, 9), True),
    ((9, 0), False), ((10, 0), False), ((12, 0), True), ((12, 1), True), ((13, 0), True)])
def test_tensorrt_for_rtx_runs_on_some_gpus_only(cuda, capability, runs):
    cuda.gpu.major, cuda.gpu.minor = capability
    TENSORRT.gpu()
    if runs:
        assert (RTX.gpu().major, RTX.gpu().minor) == capability
        return
    with pytest.raises(BackendError, match=r'TensorRT for RTX runs .*8\.0, 8\.6, 8\.9, 12\.0 or '
                                           r'later, here is Made.* take the backend tensorrt, '
                                           r'onnxruntime_cuda,'):
        RTX.gpu()


def test_where_tensorrt_for_rtx_does_not_run_nothing_is_built(cuda, h, monkeypatch):
    monkeypatch.setattr(opening, 'Build', None)
    cuda.gpu.major, cuda.gpu.minor = 9, 0
    with pytest.raises(BackendError, match='TensorRT for RTX runs these networks on GPUs of'):
        opening.open_session(RTX, h, 'auto', Expected())


def test_without_cuda_python_pip_is_named(cuda, monkeypatch):
    monkeypatch.setitem(sys.modules, 'cuda.bindings.runtime', None)
    with pytest.raises(BackendError, match='pip install cuda-python'):
        TENSORRT.describe()
