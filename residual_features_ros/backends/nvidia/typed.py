# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Networks as engines want them: weights are constants, and each number has the type it runs in.

Strong typing is all that TensorRT 11 has, and TensorRT 10 and TensorRT for RTX can do it too.
"""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.backends import import_or_explain

HALVED = {'Conv'}  # runs in fp16
# Run in fp16 too where all that they take is fp16: no sum in them is long, no number large.
FOLLOWING = {'Relu', 'LeakyRelu', 'PRelu', 'Elu', 'MaxPool', 'BatchNormalization', 'Add', 'Concat'}
BRANCHES = {'If', 'Loop', 'Scan'}  # graphs in a graph stay as they are
HALF = '.fp16'  # behind the name of a tensor of that type


def load_onnx() -> Any:
    """Return the package onnx; BackendError names what pip installs."""
    return import_or_explain('onnx', 'onnx, of whose files engines are made,', 'onnx')


def precisions(path: Path, asked: str) -> tuple[str, ...]:
    """Return in which precisions a network may run, the fastest first.

    Args:
        path: its ONNX file.
        asked: ExtractorConfig's precision; a network in int8 runs in no other.
    """
    operators = {node.op_type for node in load_onnx().load(str(path)).graph.node}
    if 'QuantizeLinear' in operators:
        return ('int8',)
    halves = operators & HALVED and not operators & BRANCHES
    return ('fp16', 'fp32') if halves and asked != 'fp32' else ('fp32',)


def typed(path: Path, precision: str) -> bytes:
    """Return the ONNX file of a network in fp16 or fp32; inputs and outputs keep their types.

    In fp16 are convolutions, and what follows them without anything in between that needs more.
    Stored weights are fp16 with a Cast behind each; TensorRT wants constants.
    """
    onnx = load_onnx()
    network = onnx.load(str(path))
    graph = network.graph
    weights = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    casts = {node.output[0]: node.input[0] for node in graph.node
             if node.op_type == 'Cast' and node.attribute[0].i == onnx.TensorProto.FLOAT
             and node.input[0] in weights and weights[node.input[0]].dtype == np.float16}
    weights |= {name: weights[name].astype(np.float32) for name in casts.values()}
    nodes = [node for node in graph.node if node.output[0] not in casts]
    for node in nodes:
        node.input[:] = [casts.get(name, name) for name in node.input]
    if precision == 'fp16':
        nodes = list(halved(onnx, nodes, weights, [value.name for value in graph.output]))
    used = {name for node in nodes for name in node.input}
    for part in (graph.node, graph.initializer, graph.value_info):
        del part[:]
    graph.node.extend(nodes)
    graph.initializer.extend(onnx.numpy_helper.from_array(values, name)
                             for name, values in weights.items() if name in used)
    content: bytes = network.SerializeToString()
    return content


def halved(onnx: Any, nodes: list[Any], weights: dict[str, np.ndarray],
           outputs: list[str]) -> Iterator[Any]:
    """Yield nodes with convolutions and what follows in fp16, and casts where types meet.

    Args:
        onnx: the package.
        nodes: in the order in which they run.
        weights: constants in fp32; those in fp16 are added.
        outputs: names of the graph's outputs, which stay in fp32.
    """
    half, single = set[str](), set[str]()  # tensors that are there in fp16; of these, also in fp32
    kinds = onnx.TensorProto

    def back(name: str) -> Iterator[Any]:
        if name in half and name not in single:
            single.add(name)
            yield onnx.helper.make_node('Cast', [name + HALF], [name], to=kinds.FLOAT)

    for node in nodes:
        moving = {name for name in node.input if name and name not in weights}
        if node.op_type in HALVED or (node.op_type in FOLLOWING and moving and moving <= half):
            for name in set(node.input) - half - {''}:
                if name in weights:
                    weights[name + HALF] = weights[name].astype(np.float16)
                else:
                    single.add(name)
                    half.add(name)
                    yield onnx.helper.make_node('Cast', [name], [name + HALF], to=kinds.FLOAT16)
            node.input[:] = [name and name + HALF for name in node.input]
            half.update(node.output)
            node.output[:] = [name + HALF for name in node.output]
        else:
            for name in node.input:
                yield from back(name)
        yield node
    for name in outputs:
        yield from back(name)
