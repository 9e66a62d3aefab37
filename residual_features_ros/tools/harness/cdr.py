# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Serialised messages (CDR) without decoding them: the stamp and the width of a point cloud.

A message with a Header begins with 4 bytes of encapsulation, whose second tells the byte order,
then sec, nanosec and frame_id.
"""
from __future__ import annotations

import struct

STAMP_AT, FRAME_ID_AT = 4, 12  # bytes
LATEST_PROBE_NS = 10**6  # stamps of the first millisecond, which no image is likely to have


def stamp_of(cdr: bytes) -> int:
    """Return the stamp in nanoseconds of a message that begins with a Header or a Time."""
    sec, nanosec = struct.unpack_from(_order(cdr) + 'iI', cdr, STAMP_AT)
    return int(sec) * 10**9 + int(nanosec)


def restamped(cdr: bytes, stamp_ns: int) -> bytes:
    """Return a copy of a message with another stamp."""
    view = memoryview(cdr)  # joined without an intermediate copy of a large image
    stamp = struct.pack(_order(cdr) + 'iI', *divmod(stamp_ns, 10**9))
    return b''.join((view[:STAMP_AT], stamp, view[FRAME_ID_AT:]))


def cloud_width(cdr: bytes) -> int:
    """Return how many points a PointCloud2 of height 1 has."""
    order = _order(cdr)
    length, = struct.unpack_from(order + 'I', cdr, FRAME_ID_AT)
    height_at = FRAME_ID_AT + 4 + length + -length % 4  # frame_id is padded to 4 bytes
    width, = struct.unpack_from(order + 'I', cdr, height_at + 4)
    return int(width)


def probe_stamp(number: int) -> int:
    """Return the stamp in nanoseconds of the probe of a number from 1 on."""
    return number


def is_probe(stamp_ns: int) -> bool:
    """Return whether a stamp is a probe's; 0 is that of a camera without a clock."""
    return 0 < stamp_ns <= LATEST_PROBE_NS


def _order(cdr: bytes) -> str:
    return '<' if cdr[1] & 1 else '>'
