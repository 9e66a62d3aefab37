# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An engine whose output is its input: real work for CUDA where no TensorRT is."""
import types

import numpy as np

from support import fake_tensorrt

FIXED = [(1, 3, 480, 640), (1, 3, 240, 320), (2, 3, 64, 96)]  # profiles of one shape each
OPEN = ((1, 3, 8, 8), (1, 3, 480, 640), (2, 3, 1024, 1024))
WORK = 1 << 20  # bytes on the GPU


def tensorrt(cuda):
    """Return a module in TensorRT's place whose engines copy by these calls of CUDA."""
    module = types.ModuleType('tensorrt')
    vars(module).update(vars(fake_tensorrt))
    module.Runtime = lambda logger: types.SimpleNamespace(
        deserialize_cuda_engine=lambda engine: CopyEngine(cuda))
    return module


class CopyEngine:
    """One input and one output, float32; see TensorRT's ICudaEngine."""

    num_io_tensors, num_optimization_profiles = 2, len(FIXED) + 1

    def __init__(self, cuda):
        self._cuda = cuda

    def get_tensor_name(self, number):
        return ('image', 'dense')[number]

    def get_tensor_mode(self, name):
        modes = fake_tensorrt.TensorIOMode
        return modes.INPUT if name == 'image' else modes.OUTPUT

    def get_tensor_dtype(self, name):
        return np.float32

    def get_tensor_profile_shape(self, name, profile):
        return [FIXED[profile]] * 3 if profile < len(FIXED) else OPEN

    def get_device_memory_size_for_profile_v2(self, profile):
        return WORK

    def create_execution_context(self, strategy):
        return CopyContext(self._cuda)


class CopyContext:
    """See TensorRT's IExecutionContext; the copy is work of a stream, which can be recorded."""

    def __init__(self, cuda):
        self._cuda, self._at, self._shape = cuda, {}, None

    def set_optimization_profile_async(self, profile, stream):
        return True

    def set_input_shape(self, name, shape):
        self._shape = tuple(shape)
        return True

    def get_tensor_shape(self, name):
        return self._shape

    def set_tensor_address(self, name, address):
        self._at[name] = address
        return True

    def update_device_memory_size_for_shapes(self):
        return WORK

    def set_device_memory(self, address, size):
        pass

    def execute_async_v3(self, stream):
        status, = self._cuda.cudaMemcpyAsync(
            self._at['dense'], self._at['image'], 4 * int(np.prod(self._shape)),
            self._cuda.cudaMemcpyKind.cudaMemcpyDeviceToDevice, stream)
        return not int(status)
