# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Serialised messages (CDR) without decoding them."""
from __future__ import annotations

import struct


def restamp(cdr: bytes, stamp_ns: int) -> bytes:
    """Return a serialised message with another stamp: a Header begins 4 bytes into it."""
    order = '<' if cdr[1] & 1 else '>'
    return cdr[:4] + struct.pack(order + 'iI', *divmod(stamp_ns, 10**9)) + cdr[12:]


def stamp_of(cdr: bytes) -> int:
    """Return the stamp in nanoseconds of a serialised message that begins with a Header."""
    sec, nanosec = struct.unpack_from(('<' if cdr[1] & 1 else '>') + 'iI', cdr, 4)
    return int(sec) * 10**9 + int(nanosec)


def is_probe(stamp_ns: int) -> bool:
    """Return whether a stamp is one of a probe: a second after 1970 at most, 0 excluded."""
    return 0 < stamp_ns < 10**9
