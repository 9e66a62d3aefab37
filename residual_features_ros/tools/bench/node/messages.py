# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Serialised messages (CDR) without decoding them: the stamp that names a frame, and a width.

A message with a Header begins with 4 bytes of encapsulation, then sec, nanosec and frame_id.
A frame is named by its stamp: the phase in seconds, its number in nanoseconds.
"""
from __future__ import annotations

import struct
from dataclasses import dataclass

PROBE, WARM_UP, SATURATE, MEASURE = 1, 2, 3, 4  # phases


@dataclass(frozen=True)
class Answer:
    """When an answer came, for which frame, and how many points it has."""

    received_ns: int
    phase: int
    number: int
    width: int


def stamped(buffer: bytearray, phase: int, number: int) -> bytes:
    """Return a serialised message with the stamp of a frame; the buffer is changed."""
    struct.pack_into(_order(buffer) + 'iI', buffer, 4, phase, number)
    return bytes(buffer)


def answer_of(cdr: bytes, received_ns: int) -> Answer:
    """Return what is noted of a serialised PointCloud2."""
    order = _order(cdr)
    phase, number, length = struct.unpack_from(order + 'iII', cdr, 4)
    after = 16 + length + -length % 4  # frame_id, padded to 4 bytes
    width, = struct.unpack_from(order + 'I', cdr, after + 4)
    return Answer(received_ns, phase, number, width)


def _order(cdr: bytes | bytearray) -> str:
    return '<' if cdr[1] & 1 else '>'
