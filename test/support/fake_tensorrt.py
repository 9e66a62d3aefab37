# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT and CUDA's runtime as far as the backend calls them, where no GPU is.

An engine is its ONNX file, which ONNX Runtime runs on the memory that the backend hands over. A
test compares the names here with those of the real modules.
"""
import ctypes
import enum
import pickle
import types

import numpy as np
import onnxruntime

__version__ = '11.4.0'
CAPTURED = []  # work of the stream while it is recorded
GPU = types.SimpleNamespace(name=b'Made GPU', major=9, minor=0)


def do(work):
    CAPTURED[-1].append(work) if CAPTURED else work()


class Logger:
    WARNING = 2

    def __init__(self, severity):
        pass


class NetworkDefinitionCreationFlag(enum.IntEnum):
    STRONGLY_TYPED = 1


class TensorIOMode(enum.Enum):
    INPUT = 1
    OUTPUT = 2


class Network:
    def __init__(self):
        self.content, self.items = b'', []

    @property
    def num_inputs(self):
        return len(self.items)

    def get_input(self, number):
        return self.items[number]


class OnnxParser:
    num_errors = 1

    def __init__(self, network, logger):
        self.network = network

    def parse(self, content):
        try:
            session = onnxruntime.InferenceSession(content)
        except Exception as error:
            self.reason = error
            return False
        self.network.content = content
        self.network.items = [types.SimpleNamespace(name=item.name, shape=tuple(
            side if isinstance(side, int) else -1 for side in item.shape))
            for item in session.get_inputs()]
        return True

    def get_error(self, number):
        return self.reason


class Profile:
    def __init__(self):
        self.shapes = {}

    def set_shape(self, name, least, best, largest):
        self.shapes[name] = (least, best, largest)


class Config:
    def __init__(self):
        self.profiles = []

    def add_optimization_profile(self, profile):
        self.profiles.append(profile.shapes)


class Builder:
    built = 0

    def __init__(self, logger):
        pass

    def create_network(self, flags):
        assert flags == 1 << NetworkDefinitionCreationFlag.STRONGLY_TYPED
        return Network()

    def create_builder_config(self):
        return Config()

    def create_optimization_profile(self):
        return Profile()

    def build_serialized_network(self, network, config):
        Builder.built += 1
        return pickle.dumps((network.content, config.profiles))


class Runtime:
    def __init__(self, logger):
        pass

    def deserialize_cuda_engine(self, serialized_engine):
        return ICudaEngine(*pickle.loads(serialized_engine))


class ICudaEngine:
    def __init__(self, content, profiles):
        self._session = onnxruntime.InferenceSession(content)
        self._inputs = [item.name for item in self._session.get_inputs()]
        self._outputs = [item.name for item in self._session.get_outputs()]
        self._profiles = profiles

    @property
    def num_io_tensors(self):
        return len(self._inputs) + len(self._outputs)

    @property
    def num_optimization_profiles(self):
        return len(self._profiles)

    def get_tensor_name(self, number):
        return [*self._inputs, *self._outputs][number]

    def get_tensor_mode(self, name):
        return TensorIOMode.INPUT if name in self._inputs else TensorIOMode.OUTPUT

    def get_tensor_profile_shape(self, name, profile):
        return self._profiles[profile][name]

    def create_execution_context(self):
        return IExecutionContext(self)


class IExecutionContext:
    def __init__(self, engine):
        self._engine, self._shapes, self._addresses, self._profile = engine, {}, {}, None

    def set_optimization_profile_async(self, profile, stream):
        self._profile = profile
        return True

    def set_input_shape(self, name, shape):
        least, _, largest = self._engine.get_tensor_profile_shape(name, self._profile)
        assert all(a <= b <= c for a, b, c in zip(least, shape, largest, strict=True))
        self._shapes[name] = shape
        return True

    def set_tensor_address(self, name, memory):
        self._addresses[name] = memory
        return True

    def _array(self, name, shape):
        memory = (ctypes.c_float * int(np.prod(shape))).from_address(self._addresses[name])
        return np.ctypeslib.as_array(memory).reshape(shape)

    def get_tensor_shape(self, name):
        feed = {key: np.zeros(shape, np.float32) for key, shape in self._shapes.items()}
        return self._engine._session.run([name], feed)[0].shape

    def execute_async_v3(self, stream_handle):
        do(self._execute)
        return True

    def _execute(self):
        feed = {name: self._array(name, shape) for name, shape in self._shapes.items()}
        for name, value in zip(self._engine._outputs, self._engine._session.run(None, feed),
                               strict=True):
            self._array(name, value.shape)[...] = value


class Cuda:
    """cuda.bindings.runtime; memory is the host's."""

    class cudaMemcpyKind(enum.IntEnum):
        cudaMemcpyHostToDevice = 1
        cudaMemcpyDeviceToHost = 2

    class cudaStreamCaptureMode(enum.IntEnum):
        cudaStreamCaptureModeThreadLocal = 1

    def __init__(self, room=10**9):
        self._room, self._held = room, {}
        self._graphs, self._launched = {}, 0

    def cudaGetDeviceProperties(self, device):
        return 0, GPU

    def cudaMalloc(self, size):
        if size > self._room:
            return (OutOfMemory(),)
        memory = ctypes.create_string_buffer(size)
        self._held[ctypes.addressof(memory)] = memory
        return 0, ctypes.addressof(memory)

    cudaMallocHost = cudaMalloc

    def cudaFree(self, address):
        del self._held[address]
        return (0,)

    cudaFreeHost = cudaFree

    def cudaMemcpyAsync(self, to, source, size, kind, stream):
        do(lambda: ctypes.memmove(to, source, size))
        return (0,)

    def cudaStreamBeginCapture(self, stream, mode):
        assert stream == 7 and mode == 1
        CAPTURED.append([])
        return (0,)

    def cudaStreamEndCapture(self, stream):
        self._graphs[len(self._graphs) + 1] = CAPTURED.pop()
        return 0, len(self._graphs)

    def cudaGraphInstantiate(self, graph, flags):
        return 0, (graph, self._graphs[graph])

    def cudaGraphDestroy(self, graph):
        return (0,)

    def cudaGraphExecDestroy(self, graph):
        del self._graphs[graph[0]]
        return (0,)

    def cudaGraphLaunch(self, graph, stream):
        self._launched += 1
        for work in graph[1]:
            work()
        return (0,)

    def cudaStreamCreate(self):
        return 0, 7

    def cudaStreamSynchronize(self, stream):
        assert stream == 7
        return (0,)


class OutOfMemory(int):
    name = 'cudaErrorMemoryAllocation'

    def __new__(cls):
        return super().__new__(cls, 2)
