# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT on an NVIDIA GPU: engines are built where they run, and checked before they are used.

Networks are strongly typed, which TensorRT 11 always does and TensorRT 10 can: h is written in
fp16 before it is parsed, f stays in fp32.
"""
from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.backends import engines, import_or_explain
from residual_features_ros.backends.cuda import Buffer, Graph, checked, gpu
from residual_features_ros.errors import BackendError
from residual_features_ros.model_card import sha256_of

log = logging.getLogger(__name__)
TAKES_INT8 = False  # the int8 networks of this package are quantised for CPUs
TAKES_DYNAMIC_INT8 = False
PRECISIONS = ('auto', 'fp16', 'fp32')
CONVOLUTIONAL = {'Cast', 'Conv', 'Relu', 'MaxPool'}  # what may run in fp16
# Least, best and largest shapes. Images: VGA, QVGA, QVGA at half its size (ModelCard.shrink), and
# whatever else there is; rows: keypoints.
IMAGES = (((1, 3, 480, 640),) * 3, ((1, 3, 240, 320),) * 3, ((1, 3, 120, 160),) * 3,
          ((1, 3, 32, 32), (1, 3, 480, 640), (2, 3, 2048, 2048)))
ROWS = ((1, 1000, 4096),)
FORMAT = '2'  # of what build() makes
LARGEST_DIFFERENCE = {'fp16': 0.02, 'fp32': 0.005}  # relative, of outputs; fp32 is TF32 here


def _import() -> tuple[Any, Any]:
    """Return the modules tensorrt and CUDA's runtime."""
    return (import_or_explain('tensorrt', 'TensorRT', 'tensorrt cuda-python'),
            import_or_explain('cuda.bindings.runtime', "CUDA's runtime", 'cuda-python'))


def describe() -> str:
    """Return version and GPU, or raise BackendError with the remedy."""
    tensorrt, cuda = _import()
    return f'tensorrt {tensorrt.__version__}, {gpu(cuda)}'


def open_session(path: Path, threads: int, precision: str = 'auto',
                 alone: bool = False) -> TensorRtSession:
    """Load the engine of an ONNX file, which is built first where there is none for this GPU.

    Raises:
        BackendError: no GPU, a precision that it has not, a network that cannot be built, or an
            engine whose outputs are not ONNX Runtime's.
    """
    if precision not in PRECISIONS:
        raise BackendError(f'the backend tensorrt has no precision {precision}: take one of '
                           f'{", ".join(PRECISIONS)}')
    tensorrt, cuda = _import()
    precision = 'fp32' if precision == 'fp32' or not is_convolutional(path) else 'fp16'
    metadata = {'network': sha256_of(path), 'gpu': gpu(cuda), 'tensorrt': tensorrt.__version__,
                'precision': precision, 'format': FORMAT}
    name = f'{path.stem}.{precision}'
    engine = engines.load(name, metadata)
    session = TensorRtSession(engine, precision) if engine else None
    if session is None:
        log.warning('building %s for %s: this takes minutes, once', name, metadata['gpu'])
        start = time.monotonic()
        engine = build(path, precision)
        session = TensorRtSession(engine, precision)
        parity = difference(session, path)
        if not parity <= LARGEST_DIFFERENCE[precision]:
            raise BackendError(f'{path}: the {precision} engine differs from ONNX Runtime by '
                               f'{parity:.3f}, at most {LARGEST_DIFFERENCE[precision]} is '
                               'allowed; it is not used')
        kept = engines.store(name, metadata, engine, parity)
        log.warning('%s: built in %.0f s, differs from ONNX Runtime by %.1e', kept,
                    time.monotonic() - start, parity)
    return session


def is_convolutional(path: Path) -> bool:
    """Return whether a network has nothing but what is safe in fp16."""
    return {node.op_type for node in _onnx().load(str(path)).graph.node} <= CONVOLUTIONAL


def _onnx() -> Any:
    return import_or_explain('onnx', 'onnx, of whose files engines are made,', 'onnx')


def typed(path: Path, precision: str) -> bytes:
    """Return the ONNX file with weights as constants of `precision`; inputs and outputs are fp32.

    Stored weights are fp16 with a Cast behind each; TensorRT wants constants.
    """
    onnx = _onnx()
    network = onnx.load(str(path))
    graph, kind = network.graph, np.float16 if precision == 'fp16' else np.float32
    renamed = {}
    for node in [n for n in graph.node if n.op_type == 'Cast']:
        if any(node.input[0] == tensor.name for tensor in graph.initializer):
            renamed[node.output[0]] = node.input[0]
            graph.node.remove(node)
    for tensor in graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype in (np.float16, np.float32):
            tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype(kind), tensor.name))
    if precision == 'fp16':
        renamed |= {value.name: f'{value.name}.fp16' for value in graph.input}
    for node in graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]
    if precision == 'fp16':
        half, single = onnx.TensorProto.FLOAT16, onnx.TensorProto.FLOAT
        outputs = [value.name for value in graph.output]
        for node in graph.node:
            node.output[:] = [f'{name}.fp16' if name in outputs else name for name in node.output]
            node.input[:] = [f'{name}.fp16' if name in outputs else name for name in node.input]
        nodes = [*(onnx.helper.make_node('Cast', [value.name], [f'{value.name}.fp16'], to=half)
                   for value in graph.input), *graph.node,
                 *(onnx.helper.make_node('Cast', [f'{name}.fp16'], [name], to=single)
                   for name in outputs)]
        del graph.node[:]
        graph.node.extend(nodes)
        del graph.value_info[:]
    content: bytes = network.SerializeToString()
    return content


def build(path: Path, precision: str) -> bytes:
    """Build an engine; BackendError has TensorRT's reasons."""
    tensorrt, _ = _import()
    logger = tensorrt.Logger(tensorrt.Logger.WARNING)
    builder = tensorrt.Builder(logger)
    strongly_typed = 1 << int(tensorrt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    network = builder.create_network(strongly_typed)
    parser = tensorrt.OnnxParser(network, logger)
    if not parser.parse(typed(path, precision)):
        reasons = '; '.join(str(parser.get_error(i)) for i in range(parser.num_errors))
        raise BackendError(f'TensorRT cannot read {path}: {reasons}')
    config = builder.create_builder_config()
    inputs = [network.get_input(i) for i in range(network.num_inputs)]
    for shapes in profiles({item.name: tuple(item.shape) for item in inputs}):
        profile = builder.create_optimization_profile()
        for name, (least, best, largest) in shapes.items():
            profile.set_shape(name, least, best, largest)
        config.add_optimization_profile(profile)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise BackendError(f'TensorRT cannot build {path}, see its messages above; where it ran '
                           'out of GPU memory, close other programs on the GPU')
    return bytes(engine)


def profiles(inputs: Mapping[str, tuple[int, ...]]) -> list[dict[str, tuple[Any, ...]]]:
    """Return the shapes to optimise for: for each profile least, best and largest by input."""
    if 'image' in inputs:
        channels = inputs['image'][1]
        return [{'image': tuple((batch, channels, *sides) for batch, _, *sides in shapes)}
                for shapes in IMAGES]
    return [{name: tuple((count, *shape[1:]) for count in counts)
             for name, shape in inputs.items()} for counts in ROWS]


def difference(session: TensorRtSession, path: Path) -> float:
    """Return the relative difference to ONNX Runtime's outputs on random inputs."""
    from residual_features_ros.backends import onnxruntime
    reference = onnxruntime.open_session(path, 0)
    rng, worst = np.random.default_rng(0), 0.0
    for profile in range(session.profiles):
        probe = {name: rng.standard_normal(session.best_shape(name, profile), np.float32)
                 for name in session.inputs}
        for found, expected in zip(session.run(probe), reference.run(probe), strict=True):
            gap = float(np.linalg.norm(found - expected))
            gap /= max(float(np.linalg.norm(expected)), 1e-12)
            worst = max(worst, gap if np.isfinite(gap) else np.inf)
    return worst


class TensorRtSession:
    """An engine with its buffers; threads that run it wait for each other."""

    def __init__(self, engine: bytes, precision: str) -> None:
        """Load an engine; BackendError where TensorRT does not take it."""
        tensorrt, self._cuda = _import()
        runtime = tensorrt.Runtime(tensorrt.Logger(tensorrt.Logger.WARNING))
        self._engine = runtime.deserialize_cuda_engine(engine)
        if self._engine is None:
            raise BackendError('TensorRT does not load its own engine, see its messages above')
        self._runtime = runtime  # the engine needs it
        names = [self._engine.get_tensor_name(i) for i in range(self._engine.num_io_tensors)]
        self.inputs = tuple(name for name in names if self._engine.get_tensor_mode(name)
                            == tensorrt.TensorIOMode.INPUT)
        self._outputs = [name for name in names if name not in self.inputs]
        self.profiles = int(self._engine.num_optimization_profiles)
        self.description = f'{describe()}, {precision}'
        self._lock = threading.Lock()
        self._contexts: dict[int, Any] = {}
        self._buffers = {name: Buffer(self._cuda) for name in names}
        self._stream = checked(self._cuda.cudaStreamCreate())
        self._graphs = {profile: Graph(self._cuda, self._stream)
                        for profile in range(self.profiles)}

    def best_shape(self, name: str, profile: int) -> tuple[int, ...]:
        """Return the shape of an input that a profile was optimised for."""
        return tuple(self._engine.get_tensor_profile_shape(name, profile)[1])

    def run(self, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """Return the outputs for named inputs, in as many parts as the engine's sizes ask for."""
        arrays = {name: np.ascontiguousarray(inputs[name], np.float32) for name in self.inputs}
        with self._lock:
            return self._run_parts(arrays)

    def _run_parts(self, arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        first = self.inputs[0]
        most = max(int(self._engine.get_tensor_profile_shape(first, profile)[2][0])
                   for profile in range(self.profiles))
        parts = [self._run({name: array[i:i + most] for name, array in arrays.items()})
                 for i in range(0, len(arrays[first]), most)]
        if len(parts) == 1:
            return parts[0]
        return [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]

    def _run(self, arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        profile = self._profile(arrays)
        if profile not in self._contexts:
            self._contexts[profile] = self._open_context(profile)
        context = self._contexts[profile]
        for name, array in arrays.items():
            context.set_input_shape(name, array.shape)
            self._buffers[name].fit(array.nbytes)
            self._buffers[name].view(array.shape)[...] = array
        shapes = {name: tuple(context.get_tensor_shape(name)) for name in self._outputs}
        for name, shape in shapes.items():
            self._buffers[name].fit(4 * int(np.prod(shape)))
        for name, buffer in self._buffers.items():
            context.set_tensor_address(name, buffer.device)
        sizes = {name: array.nbytes for name, array in arrays.items()}
        sizes.update((name, 4 * int(np.prod(shape))) for name, shape in shapes.items())
        if self._fixed(profile):
            addresses = tuple(buffer.device for buffer in self._buffers.values())
            self._graphs[profile].run(lambda: self._submit(context, sizes), addresses)
        else:
            self._submit(context, sizes)
        checked(self._cuda.cudaStreamSynchronize(int(self._stream)))
        return [self._buffers[name].view(shape).copy() for name, shape in shapes.items()]

    def _submit(self, context: Any, sizes: Mapping[str, int]) -> None:
        """Put copies in, the network and copies out into the stream; sizes are in bytes."""
        stream, cuda = int(self._stream), self._cuda
        for name in self.inputs:
            buffer = self._buffers[name]
            checked(cuda.cudaMemcpyAsync(buffer.device, buffer.host, sizes[name],
                                         cuda.cudaMemcpyKind.cudaMemcpyHostToDevice, stream))
        if not context.execute_async_v3(stream):
            raise BackendError('TensorRT does not run its engine, see its messages above')
        for name in self._outputs:
            buffer = self._buffers[name]
            checked(cuda.cudaMemcpyAsync(buffer.host, buffer.device, sizes[name],
                                         cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost, stream))

    def _profile(self, arrays: Mapping[str, np.ndarray]) -> int:
        """Return the first profile that takes arrays of these shapes."""
        for profile in range(self.profiles):
            if all(self._fits(name, array.shape, profile) for name, array in arrays.items()):
                return profile
        shapes = ', '.join(f'{name} {array.shape}' for name, array in arrays.items())
        raise BackendError(f'the engine takes no {shapes}: set max_size to 2048 or less')

    def _open_context(self, profile: int) -> Any:
        context = self._engine.create_execution_context()
        if context is None:
            raise BackendError('no GPU memory for the engine: lower max_size, or close other '
                               'programs on the GPU')
        context.set_optimization_profile_async(profile, int(self._stream))
        checked(self._cuda.cudaStreamSynchronize(int(self._stream)))
        return context

    def _fixed(self, profile: int) -> bool:
        """Return whether a profile takes one shape alone, so that its work can be recorded."""
        limits = (self._engine.get_tensor_profile_shape(name, profile) for name in self.inputs)
        return all(tuple(least) == tuple(largest) for least, _, largest in limits)

    def _fits(self, name: str, shape: tuple[int, ...], profile: int) -> bool:
        least, _, largest = self._engine.get_tensor_profile_shape(name, profile)
        return all(low <= side <= high for low, side, high in
                   zip(least, shape, largest, strict=True))
