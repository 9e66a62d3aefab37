# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Operators of ONNX in numpy: of shapes and sizes, and what stands between layers.

A function takes a node's attributes and its inputs, None for one that is left out. Definitions:
https://onnx.ai/onnx/operators, versions 13 to 18.
"""
from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from residual_features_ros.backends.onnx_file import TYPES

OPSETS = range(13, 19)
Attributes = Mapping[str, Any]
Array = Any  # np.ndarray, or None for an input that is left out
Operator = Callable[..., Any]


def _axes(attributes: Attributes, given: Array, ndim: int) -> tuple[int, ...]:
    """Return the axes of an input or of an attribute, as they came with the version; else all."""
    axes = given if given is not None else attributes.get('axes')
    return tuple(range(ndim)) if axes is None else tuple(int(axis) for axis in np.ravel(axes))


def _reduced(function: Callable[..., Array]) -> Operator:
    def run(attributes: Attributes, values: Array, axes: Array = None) -> Array:
        return function(values, axis=_axes(attributes, axes, values.ndim),
                        keepdims=bool(attributes.get('keepdims', 1)))
    return run


def _length(values: Array, axis: tuple[int, ...], keepdims: bool) -> Array:
    return np.sqrt(np.square(values).sum(axis=axis, keepdims=keepdims))


def _of_length_1(attributes: Attributes, values: Array) -> Array:
    length = np.linalg.norm(values, attributes.get('p', 2), attributes.get('axis', -1), True)
    return values / np.where(length, length, 1)


def _plain(function: Callable[..., Array]) -> Operator:
    return lambda attributes, *inputs: function(*inputs)


def _constant(attributes: Attributes) -> Array:
    (name, value), = attributes.items()
    return value if name == 'value' else np.array(
        value, np.int64 if name.startswith('value_int') else np.float32)


def _of_all(function: Callable[..., Array]) -> Operator:
    return lambda attributes, *inputs: functools.reduce(function, inputs)


def _divided(a: Array, b: Array) -> Array:
    return a // b if np.issubdtype(a.dtype, np.integer) else a / b  # sizes, which are not negative


def _unsqueezed(attributes: Attributes, values: Array, axes: Array) -> Array:
    return np.expand_dims(values, tuple(int(axis) for axis in axes))


def _squeezed(attributes: Attributes, values: Array, axes: Array = None) -> Array:
    return np.squeeze(values, None if axes is None else tuple(int(axis) for axis in axes))


def _gathered(attributes: Attributes, values: Array, at: Array) -> Array:
    return np.asarray(np.take(values, at, axis=attributes.get('axis', 0)))


def _sliced(attributes: Attributes, values: Array, starts: Array, ends: Array,
            axes: Array = None, steps: Array = None) -> Array:
    chosen = [slice(None)] * values.ndim
    axes = range(len(starts)) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    for start, end, axis, step in zip(starts, ends, axes, steps):  # noqa: B905  equal, in a graph
        chosen[int(axis)] = slice(int(start), int(end), int(step))
    return values[tuple(chosen)]


def _reshaped(attributes: Attributes, values: Array, shape: Array) -> Array:
    wanted = [int(size) for size in shape]
    if not attributes.get('allowzero', 0):
        wanted = [size or values.shape[axis] for axis, size in enumerate(wanted)]
    return values.reshape(wanted)


def _flattened(attributes: Attributes, values: Array) -> Array:
    axis = attributes.get('axis', 1)
    return values.reshape(int(np.prod(values.shape[:axis])), -1)


def _split(attributes: Attributes, values: Array, sizes: Array) -> list[Array]:
    return np.split(values, np.cumsum(sizes)[:-1], axis=attributes.get('axis', 0))


def _clipped(attributes: Attributes, values: Array, low: Array = None,
             high: Array = None) -> Array:
    values = values if low is None else np.maximum(values, low)
    return values if high is None else np.minimum(values, high)


def _softmax(attributes: Attributes, values: Array) -> Array:
    axis = attributes.get('axis', -1)
    powers = np.exp(values - values.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _layer_normalised(attributes: Attributes, values: Array, scale: Array,
                      bias: Array = None) -> Array:
    axes = tuple(range(attributes.get('axis', -1) % values.ndim, values.ndim))
    return _standardised(attributes, values, axes) * scale + (0 if bias is None else bias)


def _standardised(attributes: Attributes, values: Array, axes: tuple[int, ...]) -> Array:
    apart = values - values.mean(axis=axes, keepdims=True)
    variance = np.square(apart).mean(axis=axes, keepdims=True)
    return apart / np.sqrt(variance + np.float32(attributes.get('epsilon', 1e-5)))


def _by_channel(values: Array, of_channel: Array) -> Array:
    return of_channel.reshape(-1, *[1] * (values.ndim - 2))


def _instance_normalised(attributes: Attributes, values: Array, scale: Array,
                         bias: Array) -> Array:
    found = _standardised(attributes, values, tuple(range(2, values.ndim)))
    return found * _by_channel(values, scale) + _by_channel(values, bias)


def _batch_normalised(attributes: Attributes, values: Array, scale: Array, bias: Array,
                      mean: Array, variance: Array) -> Array:
    factor = scale / np.sqrt(variance + np.float32(attributes.get('epsilon', 1e-5)))
    return values * _by_channel(values, factor) + _by_channel(values, bias - mean * factor)


def _depth_to_space(attributes: Attributes, values: Array) -> Array:
    side = attributes['blocksize']
    count, channels, height, width = values.shape
    if attributes.get('mode', 'DCR') == 'CRD':
        parts = values.reshape(count, -1, side, side, height, width)
    else:
        parts = values.reshape(count, side, side, -1, height, width).transpose(0, 3, 1, 2, 4, 5)
    return parts.transpose(0, 1, 4, 2, 5, 3).reshape(  # (B, C, H, side, W, side)
        count, channels // side ** 2, height * side, width * side)


def _resized(attributes: Attributes, values: Array, region: Array = None, scales: Array = None,
             sizes: Array = None) -> Array:
    """Resize images (B, C, H, W) linearly."""
    how = attributes.get('coordinate_transformation_mode', 'half_pixel')
    if attributes.get('mode') != 'linear' or how not in ('half_pixel', 'align_corners'):
        raise ValueError(f'Resize by {attributes.get("mode")} and {how} is not known here')
    if sizes is None:
        sizes = np.floor(np.array(values.shape) * scales)
    for axis in (2, 3):
        before, after = values.shape[axis], int(sizes[axis])
        at = np.arange(after, dtype=np.float32)
        at = (at + 0.5) * before / after - 0.5 if how == 'half_pixel' \
            else at * (before - 1) / max(after - 1, 1)
        at = np.clip(at, 0, before - 1)
        low = at.astype(int)
        part = (at - low).astype(np.float32).reshape(-1, *[1] * (3 - axis))
        values = np.take(values, low, axis) * (1 - part) \
            + np.take(values, np.minimum(low + 1, before - 1), axis) * part
    return values


def _averaged(attributes: Attributes, values: Array) -> Array:
    """Average images (B, C, H, W) over windows that end in zeros; OpenCV leaves these out."""
    height, width = attributes['kernel_shape']
    around = [height // 2, width // 2] * 2
    if not attributes.get('count_include_pad') or attributes.get('pads') != around \
            or set(attributes.get('strides', [1])) != {1} or not height * width % 2:
        raise ValueError('AveragePool is known here with zeros around the image alone, which keep '
                         'its size')
    flat = np.ascontiguousarray(values.reshape(-1, *values.shape[2:]))
    return np.stack([cv2.blur(one, (width, height), borderType=cv2.BORDER_CONSTANT)
                     for one in flat]).reshape(values.shape)


def _elu(attributes: Attributes, values: Array) -> Array:
    low = attributes.get('alpha', 1.0) * np.expm1(np.minimum(values, 0))
    return np.where(values > 0, values, low).astype(values.dtype)


OPERATORS: dict[str, Operator] = {
    'Abs': _plain(np.abs),
    'Add': _plain(np.add),
    'AveragePool': _averaged,
    'BatchNormalization': _batch_normalised,
    'Cast': lambda attributes, values: np.asarray(values, TYPES[attributes['to']]),
    'Clip': _clipped,
    'Concat': lambda attributes, *parts: np.concatenate(parts, axis=attributes['axis']),
    'Constant': _constant,
    'Cos': _plain(np.cos),
    'DepthToSpace': _depth_to_space,
    'Div': _plain(_divided),
    'Elu': _elu,
    'Exp': _plain(np.exp),
    'Flatten': _flattened,
    'Gather': _gathered,
    'Identity': _plain(np.asarray),
    'InstanceNormalization': _instance_normalised,
    'LayerNormalization': _layer_normalised,
    'LeakyRelu': lambda attributes, values: np.where(
        values > 0, values, np.float32(attributes.get('alpha', 0.01)) * values),
    'Less': _plain(np.less),
    'LpNormalization': _of_length_1,
    'MatMul': _plain(np.matmul),
    'Max': _of_all(np.maximum),
    'Min': _of_all(np.minimum),
    'Mod': lambda attributes, a, b: np.fmod(a, b) if attributes.get('fmod') else np.mod(a, b),
    'Mul': _plain(np.multiply),
    'Neg': _plain(np.negative),
    'PRelu': _plain(lambda values, slope: np.where(values > 0, values, slope * values)),
    'Pow': _plain(lambda a, b: np.power(a, b).astype(a.dtype)),
    'ReduceL2': _reduced(_length),
    'ReduceMax': _reduced(np.max),
    'ReduceMean': _reduced(np.mean),
    'ReduceSum': _reduced(np.sum),
    'Relu': _plain(lambda values: np.maximum(values, 0)),
    'Reshape': _reshaped,
    'Resize': _resized,
    'Shape': lambda attributes, values: np.array(values.shape, np.int64),
    'Sigmoid': _plain(lambda values: 0.5 * (1 + np.tanh(0.5 * values))),
    'Sin': _plain(np.sin),
    'Slice': _sliced,
    'Softmax': _softmax,
    'Softplus': _plain(lambda values: np.logaddexp(0, values).astype(values.dtype)),
    'Split': _split,
    'Sqrt': _plain(np.sqrt),
    'Squeeze': _squeezed,
    'Sub': _plain(np.subtract),
    'Sum': _of_all(np.add),
    'Tanh': _plain(np.tanh),
    'Transpose': lambda attributes, values: values.transpose(attributes.get('perm')),
    'Unsqueeze': _unsqueezed,
}


def run_node(operator: str, attributes: Attributes, inputs: Sequence[Array]) -> list[Array]:
    """Return the outputs of an operator of OPERATORS."""
    found = OPERATORS[operator](attributes, *inputs)
    return found if isinstance(found, list) else [found]
