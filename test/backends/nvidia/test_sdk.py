# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import sys

import pytest
from support import fake_tensorrt

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
    cuda.gpu.major, cuda.gpu.minor = 7, 5
    assert TENSORRT.describe().endswith('7.5')
    with pytest.raises(BackendError, match=r'TensorRT for RTX runs .*8\.0 or later, here is Made'):
        RTX.describe()


def test_without_cuda_python_pip_is_named(cuda, monkeypatch):
    monkeypatch.setitem(sys.modules, 'cuda.bindings.runtime', None)
    with pytest.raises(BackendError, match='pip install cuda-python'):
        TENSORRT.describe()
