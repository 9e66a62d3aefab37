# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Dot products of rows of whole numbers, exact and so the same on every machine.

Processors multiply int8 four times as fast as float32, numpy does not. ONNX Runtime does where it
is installed; else the numbers go as float32 to who multiplies these, which is exact too as long as
no sum exceeds 2^24.
"""
from __future__ import annotations

import functools
import importlib
import logging
from typing import Any

import numpy as np

from residual_features_ros import loops, products
from residual_features_ros.compiling import has_compiler

log = logging.getLogger(__name__)
LARGEST = 127
LONGEST = 2 ** 24 // LARGEST ** 2  # numbers of a row whose sums float32 holds exactly
OFFSET = 128  # runtimes multiply uint8 with int8
# An ONNX network of one MatMulInteger: a (n, d) uint8 less OFFSET, b (d, m) int8, s (n, m) int32.
NETWORK = (
    b'\x08\x08:o\n\x1b\n\x01a\n\x01b\n\x01z\x12\x01s"\rMatMulInteger\x12\x01p*\x08\x10\x02B\x01zJ'
    b'\x01\x80Z\x15\n\x01a\x12\x10\n\x0e\x08\x02\x12\n\n\x03\x12\x01n\n\x03\x12\x01dZ\x15\n\x01b'
    b'\x12\x10\n\x0e\x08\x03\x12\n\n\x03\x12\x01d\n\x03\x12\x01mb\x15\n\x01s\x12\x10\n\x0e\x08\x06'
    b'\x12\n\n\x03\x12\x01n\n\x03\x12\x01mB\x04\n\x00\x10\n')


def quantised(rows: np.ndarray) -> np.ndarray | None:
    """Return rows (N, D) float32 as int8 of a scale of their own; None where they have none.

    They have none where a value is not finite, all are zero, or rows are longer than LONGEST.
    """
    if 0 in rows.shape or rows.shape[1] > LONGEST:
        return None
    largest = max(rows.max(), -rows.min())
    if not np.isfinite(largest) or largest == 0:
        return None
    return np.rint(rows * (np.float32(LARGEST) / largest)).astype(np.int8)


def integer_products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the dot products (N, M), int32 or as float32, of rows (N, D) and (M, D) int8."""
    session = onnxruntime_session()
    if session is not None:
        return by_onnxruntime(session, a, b)
    if products.chosen() != 'numpy' and has_compiler():
        found = np.empty((len(a), len(b)), np.int32)
        loops.integer_products(a, b, found)
        return found
    return products.row_products(a.astype(np.float32), b.astype(np.float32))


def by_onnxruntime(session: Any, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the dot products (N, M) int32 of rows (N, D) and (M, D) int8."""
    shifted = a.view(np.uint8) ^ np.uint8(OFFSET)  # a + OFFSET
    found: np.ndarray = session.run(None, {'a': shifted, 'b': np.ascontiguousarray(b.T)})[0]
    return found


@functools.cache
def onnxruntime_session() -> Any:
    """Return ONNX Runtime's session, None where it is not installed or does not multiply exactly.

    Where a processor has no products of int8 that are summed in 32 bits, those of ONNX Runtime
    saturate at 16.
    """
    try:
        runtime = importlib.import_module('onnxruntime')
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1
        session = runtime.InferenceSession(NETWORK, options, providers=['CPUExecutionProvider'])
        extreme = np.full((16, 64), LARGEST, np.int8)
        extreme[::2] *= -1
        exact = extreme.astype(np.int32) @ extreme.T.astype(np.int32)
        if (by_onnxruntime(session, extreme, extreme) == exact).all():
            return session
        log.info('descriptors are multiplied in float32, in twice the time: products of int8 '
                 'saturate in ONNX Runtime on this processor')
    except Exception as error:  # whatever is installed under that name may fail in its own way
        log.info('descriptors are multiplied in float32, in twice the time: ONNX Runtime does not '
                 'multiply int8 here (%s)', error)
    return None
