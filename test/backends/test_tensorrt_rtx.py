# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The backend tensorrt_rtx: on a GPU where there is one; what it says where there is none."""
import subprocess
import sys

import pytest

from residual_features_ros import create_extractor
from residual_features_ros.backends import tensorrt_rtx
from residual_features_ros.errors import BackendError

METHOD = 'residual_hessian_small'


def without_a_gpu():
    """Skip unless the real package is here and a GPU is not."""
    pytest.importorskip('tensorrt_rtx', reason='pip install tensorrt-rtx-cu13')
    try:
        tensorrt_rtx.describe()
    except BackendError:
        return
    pytest.skip('there is a GPU here')


def test_on_a_gpu_descriptors_are_those_of_onnx_runtime(folder, image):
    try:
        tensorrt_rtx.describe()
    except BackendError as error:
        pytest.skip(str(error))
    reference = create_extractor(METHOD, 200, precision='fp32').extract(image).descriptors
    found = create_extractor(METHOD, 200, 'tensorrt_rtx').extract(image).descriptors
    assert (reference * found).sum(1).min() > 0.999


def test_without_a_driver_the_remedy_is_told_before_a_runtime_is_made(monkeypatch, h):
    without_a_gpu()

    def never(*_):
        raise AssertionError('a runtime was made without a driver')
    monkeypatch.setattr(sys.modules['tensorrt_rtx'], 'Runtime', never)
    for attempt in (tensorrt_rtx.describe, lambda: tensorrt_rtx.open_session(h, 0)):
        with pytest.raises(BackendError, match='no NVIDIA driver here: install one'):
            attempt()


def test_the_next_backend_goes_on_and_the_command_line_says_why():
    without_a_gpu()
    script = ('from residual_features_ros import create_extractor; print(create_extractor('
              f'"{METHOD}", backend=("tensorrt_rtx", "onnxruntime")).backend_description)')
    done = subprocess.run([sys.executable, '-c', script], capture_output=True, text=True,
                          check=True)
    assert done.stdout.startswith('onnxruntime')
    assert 'onnxruntime runs instead of tensorrt_rtx: no NVIDIA driver here' in done.stderr
