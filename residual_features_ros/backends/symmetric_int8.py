# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An int8 network for CPUs in the form that TensorRT takes.

TensorRT reads explicit quantisation alone: activations and weights in int8 around 0, one scale for
activations, one for each output channel of weights, biases in floats (its documentation, "Working
with Quantized Types"; its parser refuses zero points other than 0 and biases in int32).
"""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.backends import import_or_explain
from residual_features_ros.errors import BackendError

LARGEST = 127
SCALING = ('QuantizeLinear', 'DequantizeLinear')


def symmetric(path: Path) -> bytes:
    """Return a network h_int8 with numbers that are symmetric around 0, as an ONNX file.

    The largest magnitude of each range of activations becomes 127; weights stay as they are. A
    range that begins at 0 had a Relu in it, which becomes a node again. Outputs leave as they are,
    without a range: no product behind them needs one. A file that is symmetric stays so.

    Args:
        path: a file of training.quantise.quantise: activations in uint8, weights in int8 around 0,
            biases in int32.

    Raises:
        BackendError: the package onnx is missing, or the file is no such network.
    """
    onnx = import_or_explain('onnx', 'onnx, with which int8 networks are rewritten,', 'onnx')
    network = onnx.load(str(path))
    graph, nodes = network.graph, []
    values = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    if not any(node.op_type == 'QuantizeLinear' for node in graph.node):
        raise _refusal(path, 'nothing that is quantised')
    for node in _without_ranges_of_outputs(graph):
        if node.op_type in SCALING:
            source, scale, zero = _inputs(node, values, path)
            if source in values and values[source].dtype == np.int32:  # a bias, by channel
                values[node.output[0]] = values[source].astype(np.float32) * values[scale]
                continue
            if values[zero].dtype == np.uint8 and values[zero].ndim == 0:
                low = int(values[zero])
                if not low:
                    nodes.append(onnx.helper.make_node('Relu', [source], [f'{source}.relu']))
                    node.input[0] = f'{source}.relu'
                # What dequantises these numbers names the same constants.
                values[scale] = np.float32(values[scale] * max(low, 255 - low) / LARGEST)
                values[zero] = np.int8(0)
            elif values[zero].dtype != np.int8 or values[zero].any():
                raise _refusal(path, f'other zero points than one in uint8 or 0 in int8 at '
                                     f'{node.output[0]}')
        nodes.append(node)
    used = {name for node in nodes for name in node.input}
    for field in (graph.node, graph.initializer, graph.value_info):
        del field[:]
    graph.node.extend(nodes)
    graph.initializer.extend(onnx.numpy_helper.from_array(np.asarray(array), name)
                             for name, array in values.items() if name in used)
    content: bytes = network.SerializeToString()
    return content


def _without_ranges_of_outputs(graph: Any) -> list[Any]:
    """Return the nodes of a graph whose outputs are not quantised on their way out."""
    makers = {name: node for node in graph.node for name in node.output}
    left_out, renamed = set(), {}
    for value in graph.output:
        back = makers[value.name]
        if back.op_type == 'DequantizeLinear':
            there = makers[back.input[0]]
            left_out |= {there.output[0], back.output[0]}
            renamed[there.input[0]] = value.name
    nodes = [node for node in graph.node if node.output[0] not in left_out]
    for node in nodes:
        for names in (node.input, node.output):
            names[:] = [renamed.get(name, name) for name in names]
    return nodes


def _inputs(node: Any, values: dict[str, np.ndarray], path: Path) -> tuple[str, str, str]:
    """Return what a node scales, its scale and its zero point."""
    if len(node.input) != 3 or not values.keys() >= set(node.input[1:]):
        raise _refusal(path, f'no constant scale and zero point at {node.output[0]}')
    source, scale, zero = node.input
    return source, scale, zero


def _refusal(path: Path, found: str) -> BackendError:
    return BackendError(f'{path}: expected h in int8 of "python -m training export CHECKPOINT '
                        f'--calibrate DIR", found {found}')
