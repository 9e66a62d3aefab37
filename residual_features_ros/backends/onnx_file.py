# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ONNX files without the package onnx: read into nodes and arrays, and written again.

Field numbers are those of onnx.proto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""
from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5  # kinds of fields on the wire
FLOAT, INT, STRING, TENSOR, FLOATS, INTS = 1, 2, 3, 4, 6, 7  # types of attributes
TYPES: dict[int, Any] = {1: np.float32, 2: np.uint8, 3: np.int8, 5: np.int16, 6: np.int32,
                         7: np.int64, 9: np.bool_, 10: np.float16, 11: np.float64}
IR_VERSION, OPSET = 7, 13  # of written files, which OpenCV 4.5.4 reads


@dataclass(frozen=True)
class Node:
    """An operator with the names of its inputs ('' for one that is left out) and outputs."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class Graph:
    """A network: nodes in an order in which they can run.

    constants: arrays by name.    inputs, outputs: names, in the order of the file.
    opset: the version of the operators.
    """

    nodes: tuple[Node, ...]
    constants: Mapping[str, np.ndarray]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    opset: int


def read_graph(path: Path) -> Graph:
    """Return the network of a file; ValueError where it is none."""
    try:
        model = _fields(path.read_bytes())
        graph = _fields(model[7][0])
        opsets = {_text(one, 1): one[2][0] for one in map(_fields, model[8])}
        constants = dict(_named_tensor(one) for one in graph.get(5, []))
        return Graph(
            tuple(map(_node, graph[1])), constants,
            tuple(name for name in _names(graph.get(11, [])) if name not in constants),
            _names(graph[12]), opsets[''])
    except (LookupError, TypeError, struct.error) as error:
        raise ValueError(f'expected an ONNX file, found {error!r}') from error


def write_graph(nodes: Iterable[Node], constants: Mapping[str, np.ndarray], given: str,
                shape: Sequence[int], found: str) -> bytes:
    """Return the bytes of an ONNX file with one float32 input and one output.

    Args:
        nodes: in an order in which they can run.
        constants: float32 or int64 arrays by name.
        given: the name of the input.
        shape: of the input.
        found: the name of the output.
    """
    graph = b''.join(_bytes(1, _node_bytes(node)) for node in nodes)
    graph += _bytes(2, b'network')
    graph += b''.join(_bytes(5, _tensor_bytes(name, array)) for name, array in constants.items())
    graph += _bytes(11, _value_bytes(given, shape)) + _bytes(12, _value_bytes(found, ()))
    return _varint(1, IR_VERSION) + _bytes(7, graph) + _bytes(8, _varint(2, OPSET))


def _fields(message: bytes) -> dict[int, list[Any]]:
    """Return the values of a message by number: int, or bytes of what has a length."""
    found: dict[int, list[Any]] = {}
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        kind = key & 7
        value: Any
        if kind == VARINT:
            value, at = _read_varint(message, at)
        elif kind in (BYTES, FIXED_32, FIXED_64):
            size = {FIXED_32: 4, FIXED_64: 8}.get(kind, 0)
            if kind == BYTES:
                size, at = _read_varint(message, at)
            if not 0 <= size <= len(message) - at:
                raise ValueError('expected an ONNX file, found one that is cut off')
            value, at = message[at:at + size], at + size
        else:
            raise ValueError(f'expected an ONNX file, found a field of kind {kind}')
        found.setdefault(key >> 3, []).append(value)
    return found


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value - (value >> 63 << 64), at  # 64 bits, the highest is the sign


def _integers(values: Sequence[Any]) -> list[int]:
    """Return numbers that are written one by one or packed."""
    found = []
    for value in values:
        if isinstance(value, int):
            found.append(value)
            continue
        at = 0
        while at < len(value):
            number, at = _read_varint(value, at)
            found.append(number)
    return found


def _text(message: Mapping[int, list[Any]], number: int) -> str:
    return str(message.get(number, [b''])[0], 'utf-8')


def _names(messages: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(_text(_fields(message), 1) for message in messages)


def _node(message: bytes) -> Node:
    fields = _fields(message)
    domain = _text(fields, 7)
    return Node(f'{domain}.{_text(fields, 4)}' if domain else _text(fields, 4),
                tuple(str(name, 'utf-8') for name in fields.get(1, [])),
                tuple(str(name, 'utf-8') for name in fields.get(2, [])),
                dict(_attribute(_fields(one)) for one in fields.get(5, [])))


def _attribute(fields: Mapping[int, list[Any]]) -> tuple[str, Any]:
    kind = fields[20][0]
    name = _text(fields, 1)
    if kind == FLOAT:
        return name, struct.unpack('<f', fields[2][0])[0]
    if kind == INT:
        return name, fields.get(3, [0])[0]
    if kind == STRING:
        return name, _text(fields, 4)
    if kind == TENSOR:
        return name, _named_tensor(fields[5][0])[1]
    if kind == FLOATS:
        return name, np.frombuffer(b''.join(fields.get(7, [])), np.float32).tolist()
    if kind == INTS:
        return name, _integers(fields.get(8, []))
    return name, None  # a graph, for example: whoever needs it does not run here


def _named_tensor(message: bytes) -> tuple[str, np.ndarray]:
    """Return name and values of a tensor; ValueError where they lie in another file."""
    fields = _fields(message)
    shape, name = _integers(fields.get(1, [])), _text(fields, 8)
    kind = TYPES.get(fields[2][0])
    if kind is None or 13 in fields:
        raise ValueError(f'expected the values of {name}, found some of type {fields[2][0]} or in '
                         'another file')
    for number, written in (9, kind), (4, np.float32), (10, np.float64):
        if number in fields:
            return name, np.frombuffer(b''.join(fields[number]), written).reshape(shape)
    numbers = _integers(fields.get(7, fields.get(5, [])))
    values = np.array(numbers, np.uint16).view(kind) if kind is np.float16 \
        else np.array(numbers, kind)
    return name, values.reshape(shape)


def _varint(number: int, value: int) -> bytes:
    return _written(number << 3 | VARINT) + _written(value)


def _bytes(number: int, value: bytes) -> bytes:
    return _written(number << 3 | BYTES) + _written(len(value)) + value


def _written(value: int) -> bytes:
    value &= (1 << 64) - 1
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def _node_bytes(node: Node) -> bytes:
    return b''.join([*(_bytes(1, name.encode()) for name in node.inputs),
                     *(_bytes(2, name.encode()) for name in node.outputs),
                     _bytes(3, node.outputs[0].encode()), _bytes(4, node.operator.encode()),
                     *(_bytes(5, _attribute_bytes(*one)) for one in node.attributes.items())])


def _value_bytes(name: str, shape: Sequence[int]) -> bytes:
    dims = b''.join(_bytes(1, _varint(1, size)) for size in shape)
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, _varint(1, 1) + _bytes(2, dims)))


def _attribute_bytes(name: str, value: Any) -> bytes:
    start = _bytes(1, name.encode())
    if isinstance(value, float):
        return start + _written(2 << 3 | FIXED_32) + struct.pack('<f', value) + _varint(20, FLOAT)
    if isinstance(value, int):
        return start + _varint(3, value) + _varint(20, INT)
    if isinstance(value, str):
        return start + _bytes(4, value.encode()) + _varint(20, STRING)
    return start + b''.join(_varint(8, one) for one in value) + _varint(20, INTS)


def _tensor_bytes(name: str, array: np.ndarray) -> bytes:
    kind = next(number for number, dtype in TYPES.items() if array.dtype == dtype)
    return b''.join([*(_varint(1, size) for size in array.shape), _varint(2, kind),
                     _bytes(8, name.encode()), _bytes(9, np.ascontiguousarray(array).tobytes())])
