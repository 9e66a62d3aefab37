# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT and CUDA's runtime as far as the backends call them, where no GPU is.

An engine is its ONNX file, which ONNX Runtime runs on the memory that the backend hands over.
Tests compare the names here with those of the real modules, and what is easily got wrong with
what the real ones do: Dims, flags, profiles that are not valid, the order of outputs.
"""
import ctypes
import enum
import itertools
import pickle
import sys
import types

import numpy as np
import onnxruntime

__version__ = '11.4.0'
MEMORY = 300  # bytes at work for each value of the inputs
TYPES = {'tensor(float)': np.float32, 'tensor(uint8)': np.uint8, 'tensor(int32)': np.int32,
         'tensor(int64)': np.int64}


def nptype(kind):
    return kind


class Dims:
    """Equal to tuples and lists, but neither to its like nor hashable nor in any order."""

    def __init__(self, sides):
        self._sides = tuple(sides)

    def __eq__(self, other):
        if not isinstance(other, (tuple, list)):
            raise TypeError('incompatible function arguments')
        return self._sides == tuple(other)

    __hash__ = None

    def __len__(self):
        return len(self._sides)

    def __getitem__(self, number):
        return self._sides[number]


class ILogger:
    class Severity(enum.IntEnum):
        INTERNAL_ERROR, ERROR, WARNING, INFO, VERBOSE = range(5)

    def __init__(self):
        self._made = True

    def _error(self, words):
        assert self._made
        self.log(self.Severity.ERROR, words)


class NetworkDefinitionCreationFlag(enum.IntEnum):
    STRONGLY_TYPED = 0


class BuilderFlag(enum.IntEnum):
    TF32 = 6
    REQUIRE_USER_ALLOCATION = 28


class TensorIOMode(enum.Enum):
    NONE, INPUT, OUTPUT = range(3)


class ExecutionContextAllocationStrategy(enum.Enum):
    STATIC, ON_PROFILE_CHANGE, USER_MANAGED = range(3)


class Network:
    def __init__(self):
        self.content, self.items, self.outputs = b'', [], []

    @property
    def num_inputs(self):
        return len(self.items)

    def get_input(self, number):
        return self.items[number]

    @property
    def num_outputs(self):
        return len(self.outputs)

    def get_output(self, number):
        return self.outputs[number]


class OnnxParser:
    def __init__(self, network, logger):
        self.network, self.logger, self.reasons = network, logger, []

    @property
    def num_errors(self):
        return len(self.reasons)

    def parse(self, content):
        try:
            session = onnxruntime.InferenceSession(content)
        except Exception as error:
            self.reasons = [error]
            return False
        self.network.content = content
        self.network.items = [types.SimpleNamespace(name=item.name, shape=Dims(
            side if isinstance(side, int) else -1 for side in item.shape))
            for item in session.get_inputs()]
        self.network.outputs = [types.SimpleNamespace(name=item.name)
                                for item in session.get_outputs()]
        return True

    def get_error(self, number):
        return self.reasons[number]


class IOptimizationProfile:
    def __init__(self):
        self._shapes = {}

    def __bool__(self):
        return all(low <= mid <= high for shapes in self._shapes.values()
                   for low, mid, high in zip(*shapes, strict=True))

    def set_shape(self, name, least, best, largest):
        self._shapes[name] = (least, best, largest)


class ITimingCache:
    def __init__(self, content):
        self._content = content

    def serialize(self):
        return memoryview(self._content + b'measured ')


class IBuilderConfig:
    def __init__(self, logger):
        self._logger, self._profiles, self._cache = logger, [], None
        self._flags = {BuilderFlag.TF32}

    def add_optimization_profile(self, profile):
        if not profile:
            self._logger._error('profile->isValid()')
            return -1
        self._profiles.append(profile._shapes)
        return len(self._profiles) - 1

    def set_flag(self, flag):
        self._flags.add(flag)

    def clear_flag(self, flag):
        self._flags.remove(flag)

    def create_timing_cache(self, content):
        return None if content.startswith(b'damaged') else ITimingCache(content)

    def set_timing_cache(self, cache, ignore_mismatch):
        self._cache = cache
        return not ignore_mismatch


class Builder:
    built = 0

    def __init__(self, logger):
        self._logger = logger

    def create_network(self, flags):
        assert flags == 1 << NetworkDefinitionCreationFlag.STRONGLY_TYPED
        return Network()

    def create_builder_config(self):
        return IBuilderConfig(self._logger)

    def create_optimization_profile(self):
        return IOptimizationProfile()

    def build_serialized_network(self, network, config):
        Builder.built += 1
        assert all(set(shapes) == {item.name for item in network.items}
                   for shapes in config._profiles)
        return pickle.dumps((network.content, config._profiles))


class Runtime:
    def __init__(self, logger):
        self._logger = logger

    def deserialize_cuda_engine(self, serialized_engine):
        try:
            return ICudaEngine(*pickle.loads(serialized_engine))
        except Exception:
            self._logger._error('the version does not match')
            return None


class ICudaEngine:
    def __init__(self, content, profiles):
        self._session = onnxruntime.InferenceSession(content)
        self._inputs = [item.name for item in self._session.get_inputs()]
        self._outputs = [item.name for item in self._session.get_outputs()]
        self._types = {item.name: TYPES[item.type] for item in (
            *self._session.get_inputs(), *self._session.get_outputs())}
        self._profiles, self._shapes = profiles, {}

    @property
    def num_io_tensors(self):
        return len(self._inputs) + len(self._outputs)

    @property
    def num_optimization_profiles(self):
        return len(self._profiles)

    def get_tensor_name(self, number):
        return [*self._inputs, *reversed(self._outputs)][number]  # no order is promised

    def get_tensor_mode(self, name):
        return TensorIOMode.INPUT if name in self._inputs else TensorIOMode.OUTPUT

    def get_tensor_dtype(self, name):
        return self._types[name]

    def get_tensor_profile_shape(self, name, profile):
        return [Dims(shape) for shape in self._profiles[profile][name]]

    def get_device_memory_size_for_profile_v2(self, profile):
        return MEMORY * sum(int(np.prod(largest)) for _, _, largest
                            in self._profiles[profile].values())

    def create_execution_context(self, strategy):
        if isinstance(strategy, IRuntimeConfig):
            strategy = strategy._strategy
        assert strategy == ExecutionContextAllocationStrategy.USER_MANAGED
        return IExecutionContext(self)

    def create_runtime_config(self):
        return IRuntimeConfig()

    def _run(self, feed):
        names = [item.name for item in self._session.get_outputs()]
        return dict(zip(names, self._session.run(names, feed), strict=True))


class IExecutionContext:
    def __init__(self, engine):
        self._engine, self._shapes, self._addresses, self._profile = engine, {}, {}, None
        self._memory = 0, 0

    def set_optimization_profile_async(self, profile, stream):
        self._profile = profile
        return True

    def set_input_shape(self, name, shape):
        assert isinstance(shape, tuple)
        least, _, largest = self._engine._profiles[self._profile][name]
        self._shapes[name] = shape
        return all(a <= b <= c for a, b, c in zip(least, shape, largest, strict=True))

    def set_tensor_address(self, name, memory):
        self._addresses[name] = memory
        return True

    def update_device_memory_size_for_shapes(self):
        return MEMORY * sum(int(np.prod(shape)) for shape in self._shapes.values())

    def set_device_memory(self, memory, size):
        self._memory = memory, size

    def get_tensor_shape(self, name):
        key = tuple(self._shapes.items())
        if key not in self._engine._shapes:
            found = self._engine._run({key: np.zeros(shape, self._engine._types[key])
                                       for key, shape in self._shapes.items()})
            self._engine._shapes[key] = {name: value.shape for name, value in found.items()}
        return Dims(self._engine._shapes[key][name])

    def is_stream_capturable(self, stream):
        return True

    def execute_async_v3(self, stream_handle):
        addresses, shapes, memory = dict(self._addresses), dict(self._shapes), self._memory

        def execute():  # what is recorded keeps the addresses of then
            assert Cuda.here.has(memory[0]) and memory[1] >= self.\
                update_device_memory_size_for_shapes()
            found = self._engine._run({name: self._array(name, addresses, shape)
                                       for name, shape in shapes.items()})
            for name, value in found.items():
                self._array(name, addresses, value.shape)[...] = value

        Cuda.here.do(execute)
        return True

    def _array(self, name, addresses, shape):
        kind = np.dtype(self._engine._types[name])
        assert Cuda.here.has(addresses[name])
        size = int(np.prod(shape)) * kind.itemsize
        memory = (ctypes.c_byte * size).from_address(addresses[name])
        return np.ndarray(shape, kind, memory)


class IRuntimeCache:
    def __init__(self):
        self._content = b'kernels'

    def deserialize(self, content):
        if not content.startswith(b'kernels'):
            return False
        self._content = content
        return True

    def serialize(self):
        return memoryview(self._content)


class DynamicShapesKernelSpecializationStrategy(enum.Enum):
    LAZY, EAGER, NONE = range(3)


class IRuntimeConfig:
    dynamic_shapes_kernel_specialization_strategy = None

    def set_execution_context_allocation_strategy(self, strategy):
        self._strategy = strategy

    def create_runtime_cache(self):
        return IRuntimeCache()

    def set_runtime_cache(self, cache):
        return True


def rtx():
    """Return the same as TensorRT for RTX."""
    module = types.ModuleType('tensorrt_rtx')
    module.__dict__.update(vars(sys.modules[__name__]), __version__='1.7.1.116')
    return module


def install(monkeypatch, cache):
    """Put all of it in the place of the real modules, engines into a folder; return CUDA's."""
    cuda = Cuda()
    monkeypatch.setenv('RESIDUAL_FEATURES_CACHE', str(cache))
    monkeypatch.setitem(sys.modules, 'tensorrt', sys.modules[__name__])
    monkeypatch.setitem(sys.modules, 'tensorrt_rtx', rtx())
    monkeypatch.setitem(sys.modules, 'cuda.bindings.runtime', cuda)
    monkeypatch.setattr(Builder, 'built', 0)
    return cuda


class Status(int):
    """A status of CUDA that is no success."""

    def __new__(cls, number, name):
        made = super().__new__(cls, number)
        made.name = name
        return made


OUT_OF_MEMORY = Status(2, 'cudaErrorMemoryAllocation')


class Cuda:
    """cuda.bindings.runtime; memory is the host's. Whatever is freed can be used no more."""

    here = None  # of which there is one at a time

    class cudaMemcpyKind(enum.IntEnum):
        cudaMemcpyHostToDevice = 1
        cudaMemcpyDeviceToHost = 2
        cudaMemcpyDeviceToDevice = 3

    class cudaStreamCaptureMode(enum.IntEnum):
        cudaStreamCaptureModeThreadLocal = 1

    def __init__(self, room=10**9):
        self.room, self.driver, self.gpu = room, 13050, types.SimpleNamespace(
            name=b'Made GPU', major=8, minor=9)
        self.held, self.streams, self.graphs, self.recorded = {}, set(), {}, {}
        self.launched = 0
        self._captured, self._numbers = [], itertools.count(7)
        Cuda.here = self

    def do(self, work):
        self._captured[-1].append(work) if self._captured else work()

    def has(self, address):
        return address in self.held

    def cudaDriverGetVersion(self):
        return 0, self.driver

    def cudaRuntimeGetVersion(self):
        return 0, 13050

    def cudaGetDeviceProperties(self, device):
        return 0, self.gpu

    def cudaMalloc(self, size):
        if size > self.room:
            return (OUT_OF_MEMORY, None)
        memory = ctypes.create_string_buffer(size)
        self.held[ctypes.addressof(memory)] = memory
        return 0, ctypes.addressof(memory)

    def cudaMemGetInfo(self):
        return 0, self.room - sum(map(len, self.held.values())), self.room

    def cudaMallocHost(self, size):
        return self.cudaMalloc(size)

    def cudaFree(self, address):
        del self.held[address]
        return (0,)

    def cudaFreeHost(self, address):
        return self.cudaFree(address)

    def cudaMemcpyAsync(self, to, source, size, kind, stream):
        def copy():
            assert self.has(to) and self.has(source) and size <= min(
                len(self.held[to]), len(self.held[source]))
            ctypes.memmove(to, source, size)
        assert stream in self.streams
        self.do(copy)
        return (0,)

    def cudaStreamBeginCapture(self, stream, mode):
        assert stream in self.streams and mode == 1
        self._captured.append([])
        return (0,)

    def cudaStreamEndCapture(self, stream):
        number = next(self._numbers)
        self.graphs[number] = self._captured.pop()
        return 0, number

    def cudaGraphInstantiate(self, graph, flags):
        number = next(self._numbers)
        self.recorded[number] = self.graphs[graph]
        return 0, number

    def cudaGraphDestroy(self, graph):
        del self.graphs[graph]
        return (0,)

    def cudaGraphExecDestroy(self, recorded):
        del self.recorded[recorded]
        return (0,)

    def cudaGraphLaunch(self, recorded, stream):
        assert stream in self.streams
        self.launched += 1
        for work in self.recorded[recorded]:
            work()
        return (0,)

    def cudaStreamCreate(self):
        number = next(self._numbers)
        self.streams.add(number)
        return 0, number

    def cudaStreamDestroy(self, stream):
        self.streams.remove(stream)
        return (0,)

    def cudaStreamSynchronize(self, stream):
        assert stream in self.streams
        return (0,)
