# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Memory, streams and recorded work on a real GPU, with a copy there in the engine's place."""
import types

import numpy as np
import pytest
from support import fake_tensorrt

from residual_features_ros.backends.nvidia import sdk
from residual_features_ros.backends.nvidia.cuda import Buffer, checked, gpu
from residual_features_ros.backends.nvidia.session import EngineSession
from residual_features_ros.errors import BackendError

FIXED = [(1, 3, 480, 640), (1, 3, 240, 320), (2, 3, 64, 96)]
RANGE = ((1, 3, 8, 8), (1, 3, 480, 640), (4, 3, 2048, 2048))
SHAPES = [*FIXED, FIXED[0], (5, 3, 240, 320), (2, 3, 2048, 2048), FIXED[0], (1, 3, 120, 160)]


@pytest.fixture(scope='module')
def runtime():
    try:
        found = sdk.load_cuda()
        gpu(found)
    except BackendError as error:
        pytest.skip(str(error))
    return found


class CopyEngine:
    """Gives its input as its output; the copy is work on the GPU, which a stream records."""

    num_io_tensors, num_optimization_profiles = 2, len(FIXED) + 1

    def __init__(self, cuda):
        self.cuda = cuda

    def get_tensor_name(self, number):
        return ('image', 'dense')[number]

    def get_tensor_mode(self, name):
        return fake_tensorrt.TensorIOMode.INPUT if name == 'image' \
            else fake_tensorrt.TensorIOMode.OUTPUT

    def get_tensor_dtype(self, name):
        return np.float32

    def get_tensor_profile_shape(self, name, profile):
        return [FIXED[profile]] * 3 if profile < len(FIXED) else RANGE

    def get_device_memory_size_for_profile_v2(self, profile):
        return 1 << 20

    def create_execution_context(self, strategy):
        return CopyContext(self.cuda)


class CopyContext:
    def __init__(self, cuda):
        self.cuda, self.at, self.shape = cuda, {}, None

    def set_optimization_profile_async(self, profile, stream):
        return True

    def set_input_shape(self, name, shape):
        self.shape = tuple(shape)
        return True

    def get_tensor_shape(self, name):
        return self.shape

    def set_tensor_address(self, name, memory):
        self.at[name] = memory
        return True

    def update_device_memory_size_for_shapes(self):
        return 1 << 20

    def set_device_memory(self, memory, size):
        pass

    def execute_async_v3(self, stream):
        checked(self.cuda.cudaMemcpyAsync(
            self.at['dense'], self.at['image'], 4 * int(np.prod(self.shape)),
            self.cuda.cudaMemcpyKind.cudaMemcpyDeviceToDevice, stream))
        return True


@pytest.fixture
def session(runtime, monkeypatch):
    module = types.ModuleType('tensorrt')
    vars(module).update(vars(fake_tensorrt))
    module.Runtime = lambda logger: types.SimpleNamespace(
        deserialize_cuda_engine=lambda engine: CopyEngine(runtime))
    monkeypatch.setitem(__import__('sys').modules, 'tensorrt', module)
    return EngineSession(sdk.TENSORRT, b'', 'fp32')


def free_memory(runtime):
    return checked((runtime.cudaMemGetInfo()[0], runtime.cudaMemGetInfo()[1]))


def test_what_goes_in_comes_out_whatever_shapes_follow_each_other(session):
    rng = np.random.default_rng(0)
    for shape in SHAPES:
        for _ in range(4):  # plain, recorded, and run as recorded
            image = rng.standard_normal(shape, np.float32)
            np.testing.assert_array_equal(session.run({'image': image})['dense'], image)


def test_profiles_of_one_shape_are_recorded(session):
    for shape in FIXED:
        for _ in range(3):
            session.run({'image': np.zeros(shape, np.float32)})
    session.run({'image': np.zeros((1, 3, 480, 640), np.float32)})
    assert [graph._recorded is not None for graph in session._graphs] \
        == [True] * len(FIXED) + [False]


def test_closing_gives_all_memory_back(runtime, session):
    before = free_memory(runtime)
    session.run({'image': np.zeros((4, 3, 2048, 2048), np.float32)})
    assert free_memory(runtime) < before
    session.close()
    assert free_memory(runtime) >= before


def test_more_memory_than_there_is_is_a_clear_error_and_holds_nothing(runtime):
    before, buffer = free_memory(runtime), Buffer(runtime)
    with pytest.raises(BackendError, match='lower max_size'):
        buffer.fit(1 << 50)
    assert buffer.addresses == (0, 0)
    assert free_memory(runtime) == before
