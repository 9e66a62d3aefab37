# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""JPEG as cameras send it: padding behind its end, or no end marker; what is cut off is refused.

A decoder fills what is missing with grey and says nothing. Whether something is missing shows
where other bytes are put behind the data: of a whole picture they change no pixel.
"""
from __future__ import annotations

import re
import struct
from collections.abc import Callable

import numpy as np

from residual_features_ros.errors import ConversionError

START, END = b'\xff\xd8', b'\xff\xd9'
_MARKER = re.compile(rb'\xff+([\x01-\xcf\xd8-\xfe])')  # but for stuffed zeros and restarts
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BETWEEN_SCANS = frozenset({0xC4, 0xDA, 0xDB, 0xDC, 0xDD, 0xFE})  # segments with a length
# Any, and restarts with any behind them.
_OTHER_BYTES = bytes(range(1, 200)) * 20 + b''.join(
    b'\xff' + bytes(range(0xD0 + i % 8, 0, -1)) for i in range(16))
_FILLING = 128  # grey level of blocks that are not there
_BLOCK = 8

Decoder = Callable[[bytes], 'np.ndarray | None']


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Walk the segments to the frame header (SOF), which has height and width.

    Raises:
        ConversionError: there is none.
    """
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAMES:
            height, width = struct.unpack('>HH', data[at + 5:at + 9])
            return width, height
        if marker == 0xFF:  # a fill byte
            at += 1
        else:
            at += 2 + int.from_bytes(data[at + 2:at + 4], 'big')
    raise ConversionError(f'truncated or corrupt JPEG of {len(data)} bytes: no frame header')


def decode_jpeg(data: bytes, decode: Decoder) -> np.ndarray | None:
    """Return the first picture in the data, None where the decoder cannot read it.

    Args:
        data: from the start marker on; what lies behind the end marker is left alone.
        decode: of a whole JPEG.

    Raises:
        ConversionError: something of the picture is missing.
    """
    scans, ended = _scans(data)
    image = decode(scans + END)
    if image is None:
        return None
    if not ended or (image[-_BLOCK:, -_BLOCK:] == _FILLING).all():
        other = decode(scans + _OTHER_BYTES + END)
        if other is None or not np.array_equal(image, other):
            raise ConversionError(f'truncated JPEG of {len(data)} bytes: the lower part is '
                                  'missing')
    return image


def _scans(data: bytes) -> tuple[bytes, bool]:
    """Return the data before the end marker, or before the padding without one; and which."""
    if data.endswith(END):
        return data[:-2], True
    at = _first_scan(data)
    while found := _MARKER.search(data, at):
        marker = found[1][0]
        if marker == END[1]:
            return data[:found.start()], True
        if marker == START[1]:  # the next picture
            return data[:found.start()], False
        at = found.end()
        if marker in _BETWEEN_SCANS:
            at += int.from_bytes(data[at:at + 2], 'big')
    # Data may end in zeros themselves, and two more do not make up for what is missing.
    bare = data.rstrip(b'\x00\xff')
    return bare + data[len(bare):len(bare) + 2].rstrip(b'\xff'), False


def _first_scan(data: bytes) -> int:
    """Return where the first scan's header (SOS) begins: tables and EXIF may hold a JPEG."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        at += 1 if data[at + 1] == 0xFF else 2 + int.from_bytes(data[at + 2:at + 4], 'big')
    return at
