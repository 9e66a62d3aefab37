# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An engine that runs: copies in, network, copies out."""
from __future__ import annotations

import contextlib
import logging
import threading
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.backends.nvidia.cuda import Buffer, Graph, checked
from residual_features_ros.backends.nvidia.kernels import Contexts
from residual_features_ros.backends.nvidia.log import last_errors, logger
from residual_features_ros.backends.nvidia.profiles import Profile, Shape
from residual_features_ros.backends.nvidia.sdk import Sdk, load_cuda
from residual_features_ros.errors import BackendError

log = logging.getLogger(__name__)
MEBIBYTE = 1 << 20


class EngineSession:
    """An engine with its memory; threads that run it wait for each other.

    All memory is given back by close(), or once nobody holds the session.
    """

    def __init__(self, sdk: Sdk, engine: bytes, precision: str, together: bool = False,
                 kernels: Path | None = None) -> None:
        """Load an engine.

        Args:
            sdk: that built it.
            engine: its bytes.
            precision: that it runs in, for the description.
            together: Expected's.
            kernels: file of compiled kernels, where the product keeps such.

        Raises:
            BackendError: it does not load here.
        """
        module, self._cuda = sdk.load(), load_cuda()
        self._sdk, self._module, self._together = sdk, module, together
        self.description = f'{sdk.describe()}, {precision}'
        self._runtime = module.Runtime(logger(module))  # the engine needs it
        last_errors(module)
        self._engine = self._runtime.deserialize_cuda_engine(engine)
        if self._engine is None:
            raise BackendError(f'{sdk.title} does not load the engine: {last_errors(module)}')
        names = [self._engine.get_tensor_name(i) for i in range(self._engine.num_io_tensors)]
        self.inputs = tuple(name for name in names if self._engine.get_tensor_mode(name)
                            == module.TensorIOMode.INPUT)
        self.outputs = tuple(name for name in names if name not in self.inputs)
        self._types = {name: np.dtype(module.nptype(self._engine.get_tensor_dtype(name)))
                       for name in names}
        self.profiles: list[Profile] = [{name: self._limits(name, number) for name in self.inputs}
                         for number in range(self._engine.num_optimization_profiles)]
        self._lock = threading.Lock()
        self._contexts: dict[int, Any] = {}
        self._prepared: dict[int, tuple[Any, ...]] = {}
        self._maker = Contexts(sdk, self._engine, kernels)
        with contextlib.ExitStack() as release:
            self._stream = int(checked(self._cuda.cudaStreamCreate()))
            release.callback(_give_back, self._cuda.cudaStreamDestroy, self._stream)
            self._buffers = {name: Buffer(self._cuda) for name in names}
            self._scratch = Buffer(self._cuda, pinned=False)
            for buffer in (*self._buffers.values(), self._scratch):
                release.callback(buffer.free)
            release.callback(self._contexts.clear)
            self._graphs = [Graph(self._cuda, self._stream) for _ in self.profiles]
            for graph in self._graphs:
                release.callback(graph.free)
            self.close = weakref.finalize(self, release.pop_all().close)
        try:
            sizes = ', '.join(f'{size / MEBIBYTE:.0f}' for size in self.memory())
        except Exception as error:  # what is only told must not cost the session
            sizes = f'unknown ({error}),'
        log.info('%s: GPU memory at work, of the largest shapes of each profile: %s MiB',
                 self.description, sizes)

    def kind(self, name: str) -> np.dtype:
        """Return the type of an input or output."""
        return self._types[name]

    def memory(self) -> list[int]:
        """Return how many bytes on the GPU the largest shapes of each profile need at work.

        What is taken is what the shapes need that come.
        """
        return [int(self._engine.get_device_memory_size_for_profile_v2(number))
                for number in range(len(self.profiles))]

    def is_fixed(self, profile: int) -> bool:
        """Return whether a profile takes one shape alone, so that its work can be recorded."""
        return all(least == largest for least, _, largest in self.profiles[profile].values())

    def run(self, inputs: Mapping[str, np.ndarray],
            profile: int | None = None) -> dict[str, np.ndarray]:
        """Return the outputs by name, found in as many parts as the engine's shapes ask for.

        Args:
            inputs: by name.
            profile: under which they are run, whole; None for whichever takes most of them.

        Raises:
            BackendError: no profile takes these shapes, or TensorRT or CUDA fails.
        """
        arrays = {name: np.ascontiguousarray(inputs[name], self._types[name])
                  for name in self.inputs}
        try:
            with self._lock:
                parts = [self._run(*part) for part in (
                    self._parts(arrays) if profile is None else [(profile, arrays)])]
        except BackendError:
            raise
        except Exception as error:  # the next backend goes on, whatever it is
            raise BackendError(f'{self._sdk.title}: {error}') from error
        if len(parts) == 1:
            return parts[0]
        return {name: np.concatenate([part[name] for part in parts]) for name in self.outputs}

    def _limits(self, name: str, profile: int) -> tuple[Shape, Shape, Shape]:
        """Return least, best and largest shape of an input under a profile."""
        least, best, largest = (tuple(shape) for shape in
                                self._engine.get_tensor_profile_shape(name, profile))
        return least, best, largest

    def _parts(self, arrays: Mapping[str, np.ndarray],
               ) -> Iterator[tuple[int, Mapping[str, np.ndarray]]]:
        """Yield profiles with the arrays that each takes, as many rows or images as it can."""
        done, total = 0, len(arrays[self.inputs[0]])
        while not done or done < total:
            rest = arrays if not done else {name: array[done:] for name, array in arrays.items()}
            taken = [self._taken(limits, rest) for limits in self.profiles]
            most = max(taken)
            if not most:
                shapes = ', '.join(f'{name} {array.shape}' for name, array in arrays.items())
                raise BackendError(f'the engine takes no {shapes}: set max_size or max_keypoints '
                                   'to less, before it is built')
            whole = most == total - done
            yield taken.index(most), rest if whole else {
                name: array[:most] for name, array in rest.items()}
            done += most

    def _taken(self, limits: Profile, arrays: Mapping[str, np.ndarray]) -> int:
        """Return how many of the first rows or images a profile takes at once, 0 for none."""
        count = total = len(arrays[self.inputs[0]])
        for name, (least, _, largest) in limits.items():
            sides = zip(least[1:], arrays[name].shape[1:], largest[1:], strict=True)
            if not all(low <= side <= high for low, side, high in sides):
                return 0
            if self._together and len(arrays[name]) > largest[0]:
                return 0
            count = min(count, largest[0])
            if min(count, len(arrays[name])) < least[0]:
                return 0
        return total if self._together else count

    def _run(self, profile: int, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        is_new = profile not in self._contexts
        if is_new:
            self._contexts[profile] = self._open(profile)
        context = self._contexts[profile]
        shapes = self._shapes(profile, context, arrays)
        for name, array in arrays.items():
            self._buffers[name].view(array.shape, array.dtype)[...] = array
        sizes = {name: int(np.prod(shape)) * self._types[name].itemsize
                 for name, shape in shapes.items()}
        if self.is_fixed(profile) and self._sdk.can_record(context, self._stream):
            self._graphs[profile].run(lambda: self._submit(context, sizes), self._addresses())
        else:
            self._submit(context, sizes)
        checked(self._cuda.cudaStreamSynchronize(self._stream))
        if is_new:
            self._maker.save()
        return {name: self._buffers[name].view(shapes[name], self._types[name]).copy()
                for name in self.outputs}

    def _open(self, profile: int) -> Any:
        context = self._maker.open(profile, self.is_fixed(profile), self._stream)
        checked(self._cuda.cudaStreamSynchronize(self._stream))
        return context

    def _addresses(self) -> tuple[int, ...]:
        """Return where all memory is that a run reads or writes."""
        buffers = (*self._buffers.values(), self._scratch)
        return tuple(address for buffer in buffers for address in buffer.addresses)

    def _shapes(self, profile: int, context: Any,
                arrays: Mapping[str, np.ndarray]) -> dict[str, tuple[int, ...]]:
        """Return the shapes of all tensors, after a context has been told shapes and memory."""
        shapes = {name: array.shape for name, array in arrays.items()}
        known = self._prepared.get(profile)
        if known and known[0] == shapes and known[1] == self._addresses():
            return {**shapes, **known[2]}
        for name, shape in shapes.items():
            self._require(context.set_input_shape(name, shape), f'{name} {shape}')
        found = {name: tuple(context.get_tensor_shape(name)) for name in self.outputs}
        if any(side < 0 for shape in found.values() for side in shape):
            raise BackendError(f'the shapes of outputs are known too late to run: {found}')
        for name, shape in {**shapes, **found}.items():
            self._buffers[name].fit(int(np.prod(shape)) * self._types[name].itemsize)
        self._scratch.fit(int(context.update_device_memory_size_for_shapes()))
        context.set_device_memory(self._scratch.device, self._scratch.size)
        for name, buffer in self._buffers.items():
            self._require(context.set_tensor_address(name, buffer.device), f'memory of {name}')
        self._prepared[profile] = shapes, self._addresses(), found
        return {**shapes, **found}

    def _submit(self, context: Any, sizes: Mapping[str, int]) -> None:
        """Put copies in, the network and copies out into the stream; sizes are in bytes."""
        cuda, stream = self._cuda, self._stream
        for name in self.inputs:
            buffer = self._buffers[name]
            checked(cuda.cudaMemcpyAsync(buffer.device, buffer.host, sizes[name],
                                         cuda.cudaMemcpyKind.cudaMemcpyHostToDevice, stream))
        self._require(context.execute_async_v3(stream), 'to run')
        for name in self.outputs:
            buffer = self._buffers[name]
            checked(cuda.cudaMemcpyAsync(buffer.host, buffer.device, sizes[name],
                                         cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost, stream))

    def _require(self, accepted: bool, what: str) -> None:
        if not accepted:
            raise BackendError(f'{self._sdk.title} refuses {what}: {last_errors(self._module)}')


def _give_back(call: Any, handle: int) -> None:
    checked(call(handle))
