# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""OpenCV on the CPU: layers with weights by cv2.dnn, what stands between them by numpy.

OpenCV 4.5.4 and 4.6 read none of the shipped graphs as they are, for they know no weights in half
precision, and up to 4.14 none whose sizes are computed. So a graph is cut into chains of layers
that every version reads, and cv2.dnn is given one small network for each chain.
"""
from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from residual_features_ros import products
from residual_features_ros.backends import ANY_INPUTS, Expected
from residual_features_ros.backends.numpy_operators import OPERATORS, OPSETS, run_node
from residual_features_ros.backends.onnx_file import Graph, Node, read_graph, write_graph
from residual_features_ros.errors import BackendError

TAKES_INT8 = False
TAKES_DYNAMIC_INT8 = False
PRECISION_OF_WHOLE = 'fp32'

LAYERS_OF_IMAGES = {'AveragePool', 'Conv', 'MaxPool'}
OF_IMAGES = {*LAYERS_OF_IMAGES, 'BatchNormalization', 'Elu', 'LeakyRelu', 'Relu', 'Sigmoid',
             'Tanh'}
# What numpy and OpenCV raise for values that do not fit a graph.
FAILURES = (cv2.error, ArithmeticError, AttributeError, LookupError, OSError, TypeError,
            ValueError)
SIDE = 64  # of the images with which a chain is loaded; those that come have other sizes

log = logging.getLogger(__name__)
Values = dict[str, np.ndarray]


def describe() -> str:
    """Return version and device."""
    return f'opencv {cv2.__version__}, CPU, fp32'


def open_session(path: Path, threads: int, precision: str = 'auto',
                 alone: bool = False, expected: Expected = ANY_INPUTS) -> OpenCvSession:
    """Load an ONNX file, which runs in fp32.

    OpenCV has one number of threads for all that it does in a process: `threads` lowers that.
    """
    if precision not in ('auto', 'fp32'):
        raise BackendError(f'OpenCV has no {precision} here: take another backend, or precision '
                           'auto or fp32')
    if threads and threads < cv2.getNumThreads():
        log.info('OpenCV has %d threads from now on, for images too', threads)
        cv2.setNumThreads(threads)
    return OpenCvSession(path)


class OpenCvSession:
    """An ONNX file cut into chains of layers; several threads may run it, each by other nets."""

    def __init__(self, path: Path) -> None:
        """Load `path`; BackendError where the file is no network that runs here."""
        try:
            graph = read_graph(path)
            nodes, constants = folded(graph)
            nodes = with_gemm(nodes, constants, graph.outputs)
            self._steps = [_step(chain, constants)
                           for chain in chains(nodes, constants, graph.outputs)]
        except FAILURES as error:
            raise BackendError(f'OpenCV cannot load {path}: {error}') from error
        self.description, self.inputs, self.outputs = describe(), graph.inputs, graph.outputs
        last_use = {name: number for number, step in enumerate(self._steps)
                    for name in step.inputs}
        self._constants = {name: constants[name] for name in (*last_use, *graph.outputs)
                           if name in constants}
        kept = {*self._constants, *graph.outputs}
        self._done = [[name for name in step.inputs
                       if name not in kept and last_use[name] == number]
                      for number, step in enumerate(self._steps)]

    def run(self, inputs: Mapping[str, np.ndarray]) -> Values:
        """Return the outputs by name; BackendError where OpenCV or numpy fails."""
        values: dict[str, Any] = {'': None, **self._constants, **inputs}
        try:
            for step, done in zip(self._steps, self._done, strict=True):
                found = step.run([values[name] for name in step.inputs])
                values.update(zip(step.outputs, found, strict=True))
                for name in done:
                    values.pop(name, None)
            return {name: values[name] for name in self.outputs}
        except FAILURES as error:
            raise BackendError(f'OpenCV: {error}') from error


@dataclass(frozen=True)
class Step:
    """What runs at once: names of inputs and outputs, and the function between their values."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    run: Callable[[Sequence[Any]], list[np.ndarray]]


def folded(graph: Graph) -> tuple[list[Node], Values]:
    """Return the nodes that depend on inputs, and all constants, fp16 ones as fp32.

    Raises:
        ValueError: operators that are not known here, of that version or at all.
    """
    if graph.opset not in OPSETS:
        raise ValueError(f'expected operators of version {OPSETS[0]} to {OPSETS[-1]}, found '
                         f'{graph.opset}')
    unknown = {node.operator for node in graph.nodes} - {*OPERATORS, *OF_IMAGES, 'Gemm'}
    if unknown:
        raise ValueError(f'the operators {", ".join(sorted(unknown))} are not known here')
    constants = {name: np.asarray(array, np.float32) if array.dtype == np.float16 else array
                 for name, array in graph.constants.items()}
    nodes = []
    for node in graph.nodes:
        if node.operator in OPERATORS and all(name in constants or not name
                                              for name in node.inputs):
            found = run_node(node.operator, node.attributes,
                             [constants.get(name) for name in node.inputs])
            constants.update(zip(node.outputs, found, strict=True))
        else:
            nodes.append(node)
    return nodes, constants


def with_gemm(nodes: Sequence[Node], constants: Values, outputs: Sequence[str]) -> list[Node]:
    """Return nodes with each product by constant weights as Gemm with transposed weights and bias.

    A Gemm here takes rows with any number of axes before the last one.

    Raises:
        ValueError: a Gemm that does more.
    """
    users = Counter([*(name for node in nodes for name in node.inputs), *outputs])
    sums = {name: node for node in nodes if node.operator == 'Add' for name in node.inputs
            if users[name] == 1}
    found, skipped = [], set()
    for node in nodes:
        if node.outputs[0] in skipped:
            continue
        if not _is_product(node, constants):
            found.append(node)
            continue
        weights, output = constants[node.inputs[1]], node.outputs[0]
        if not node.attributes.get('transB'):
            weights = np.ascontiguousarray(weights.T)
        bias = np.zeros(len(weights), np.float32)
        if len(node.inputs) > 2:
            bias = bias + constants[node.inputs[2]]
        elif output in sums:
            other = constants.get(next(name for name in sums[output].inputs if name != output))
            if other is not None and other.shape == bias.shape:
                bias, output = other, sums[output].outputs[0]
                skipped.add(output)
        names = f'{output}.weights', f'{output}.bias'
        constants.update(zip(names, (weights, bias), strict=True))
        found.append(Node('Gemm', (node.inputs[0], *names), (output,), {'transB': 1}))
    return found


def _is_product(node: Node, constants: Values) -> bool:
    """Return whether a node multiplies rows by constant weights."""
    by_weights = len(node.inputs) > 1 and getattr(constants.get(node.inputs[1]), 'ndim', 0) == 2
    if node.operator == 'Gemm':
        plain = {'alpha': 1.0, 'beta': 1.0, 'transA': 0}
        if not by_weights or any(node.attributes.get(name, value) != value
                                 for name, value in plain.items()):
            raise ValueError('Gemm is known here as a product of rows and constant weights alone')
        return True
    return node.operator == 'MatMul' and by_weights


def chains(nodes: Sequence[Node], constants: Values,
           outputs: Sequence[str]) -> Iterator[list[Node]]:
    """Yield nodes in an order in which they can run: layers with what follows them, or one node.

    All that lies inside of a chain is used by its next node alone.
    """
    users: dict[str, list[Node]] = {}
    for node in nodes:
        for name in node.inputs:
            users.setdefault(name, []).append(node)
    done: set[str] = set()
    for first in nodes:
        if first.outputs[0] in done:
            continue
        chain = [first]
        while _joins(chain[-1], constants):
            found = chain[-1].outputs[0]
            after = users.get(found, [])
            if found in outputs or len(after) != 1 or after[0].inputs[0] != found \
                    or not _joins(after[0], constants):
                break
            chain.append(after[0])
        if not _has_layers(chain):
            chain = chain[:1]
        done.update(node.outputs[0] for node in chain)
        yield chain


def _joins(node: Node, constants: Values) -> bool:
    return _is_of_images(node) and all(name in constants for name in node.inputs[1:])


def _is_of_images(node: Node) -> bool:
    """Return whether cv2.dnn runs a node; it averages no zeros that are put around an image."""
    return node.operator in OF_IMAGES and not (
        node.operator == 'AveragePool' and any(node.attributes.get('pads', [])))


def _has_layers(chain: Sequence[Node]) -> bool:
    return any(node.operator in LAYERS_OF_IMAGES and _is_of_images(node) for node in chain)


def _step(chain: Sequence[Node], constants: Values) -> Step:
    first, last = chain[0], chain[-1]
    if _has_layers(chain):
        return Step(first.inputs[:1], last.outputs, Layers(chain, constants))
    if first.operator == 'Gemm':
        return Step(first.inputs[:1], first.outputs, Product(first, constants))
    return Step(first.inputs, first.outputs,
                lambda inputs: run_node(first.operator, first.attributes, inputs))


class Nets:
    """A chain of layers that cv2.dnn runs.

    A net holds what it is working on, so each thread takes one that is free, or reads another.
    """

    def __init__(self, chain: Sequence[Node], constants: Values, shape: Sequence[int]) -> None:
        """Read the chain, which takes float32 values of `shape`; cv2.error where that fails."""
        used = {name: constants[name] for node in chain for name in node.inputs[1:]}
        self._file = np.frombuffer(write_graph(
            chain, used, chain[0].inputs[0], shape, chain[-1].outputs[0]), np.uint8)
        self._free = [self._read()]

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return what the chain makes of values, of any number and size."""
        try:
            net = self._free.pop()
        except IndexError:  # all are at work
            net = self._read()
        net.setInput(np.ascontiguousarray(values, np.float32))
        found: np.ndarray = net.forward().copy()  # of the net's own memory
        self._free.append(net)
        return found

    def _read(self) -> Any:
        net = cv2.dnn.readNetFromONNX(self._file)
        net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
        return net


class Layers:
    """Convolutions, and what follows them."""

    def __init__(self, chain: Sequence[Node], constants: Values) -> None:
        """Read the chain; cv2.error where OpenCV does not know it."""
        self._nets = Nets(chain, constants, (1, _channels(chain[0], constants), SIDE, SIDE))

    def __call__(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return what the chain makes of images (B, C, H, W)."""
        return [self._nets(inputs[0])]


class Product:
    """Rows times weights: by numpy where it is fast, else by cv2.dnn; see products.py."""

    def __init__(self, node: Node, constants: Values) -> None:
        """Take a Gemm of with_gemm; cv2.error where OpenCV does not know it."""
        self._weights, self._bias = (constants[name] for name in node.inputs[1:])  # (M, K), (M,)
        self._nets = None if products.chosen() == 'numpy' \
            else Nets([node], constants, (1, self._weights.shape[1]))

    def __call__(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return rows (..., M) for rows (..., K)."""
        rows = inputs[0].reshape(-1, inputs[0].shape[-1])  # (N, K)
        found = self._nets(rows) if self._nets else rows @ self._weights.T + self._bias
        return [found.reshape(*inputs[0].shape[:-1], len(self._weights))]


def _channels(node: Node, constants: Values) -> int:
    """Return how many channels the first node of a chain takes, 1 where any number will do."""
    of_weights = constants[node.inputs[1]].shape if len(node.inputs) > 1 else (1,)
    if node.operator == 'Conv':
        return int(of_weights[1]) * int(node.attributes.get('group', 1))
    return int(of_weights[0])
