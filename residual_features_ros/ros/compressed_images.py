# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The data of sensor_msgs/CompressedImage -> grey, BGR or Bayer mosaic, of 8 bits or more.

The sizes are read before anything is allocated.
"""
from __future__ import annotations

import struct
from collections.abc import Callable

import cv2
import numpy as np

from residual_features_ros.errors import ConversionError
from residual_features_ros.ros.encodings import bayer_code
from residual_features_ros.ros.jpeg import START, decode_jpeg, jpeg_size

MAX_PIXELS = 1 << 26  # 67 megapixels: more is a corrupt header or an attack
TAKEN = 'JPEG, PNG, TIFF, WebP, BMP'
NAMES = ('bmp', 'jpeg', 'jpg', 'mjpeg', 'mjpg', 'png', 'tif', 'tiff', 'webp')
_PNG = b'\x89PNG\r\n\x1a\n'
_TIFF = {b'II*\x00': '<', b'MM\x00*': '>'}
_TIFF_SIZES = {3: 'H', 4: 'I'}


def decompress(data: bytes, format: str) -> tuple[np.ndarray, int | None]:
    """Decode a picture.

    Args:
        data: of the message.
        format: of the message, by which errors call it, and which may name a Bayer pattern.

    Returns:
        (H, W) or (H, W, 3) BGR uint8, or deeper as stored; and OpenCV's code to BGR where it is a
        Bayer mosaic, else None.

    Raises:
        ConversionError: another format, a size that cannot be, or data that are cut off.
    """
    check_size(*_size_of(data, format))
    image = decode_jpeg(data, _decode) if data.startswith(START) else _decode(data)
    if image is None:
        raise ConversionError(f'corrupt or truncated compressed image of {len(data)} bytes')
    return image, _mosaic_code(format) if image.ndim == 2 else None


def check_size(width: int, height: int) -> None:
    """Raise ConversionError for an image without pixels, or of more than MAX_PIXELS."""
    if width < 1 or height < 1:
        raise ConversionError(f'image is empty: {width}x{height} (width x height)')
    if width * height > MAX_PIXELS:
        raise ConversionError(f'image of {width}x{height} has more than {MAX_PIXELS} pixels')


def _decode(data: bytes) -> np.ndarray | None:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_ANYCOLOR
                        | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION)


def _mosaic_code(format: str) -> int | None:
    """Return the code of a format like "bayer_rggb8; jpeg compressed ".

    image_transport names the encoding of the raw image first, and behind the word compressed that
    of the picture where it was converted before: then it is a mosaic no longer.
    """
    raw, _, rest = format.partition(';')
    converted = rest.partition('compressed')[2].strip()
    return bayer_code(raw) if not converted or bayer_code(converted) else None


def _size_of(data: bytes, format: str) -> tuple[int, int]:
    """Return (width, height) by the header of the picture."""
    readers: dict[Callable[[bytes], bool], Callable[[bytes], tuple[int, int]]] = {
        lambda d: d.startswith(START): jpeg_size,
        lambda d: d.startswith(_PNG): _png_size,
        lambda d: d[:4] in _TIFF: _tiff_size,
        lambda d: d[:2] == b'BM': _bmp_size,
        lambda d: d[:4] == b'RIFF' and d[8:12] == b'WEBP': _webp_size}
    if not data:
        raise ConversionError('compressed image is empty')
    for fits, size_of in readers.items():
        if fits(data):
            try:
                return size_of(data)
            except (struct.error, KeyError, IndexError) as error:
                raise ConversionError(f'truncated or corrupt header of a compressed image of '
                                      f'{len(data)} bytes') from error
    raise ConversionError(f'compressed image of format {format!r} is none of {TAKEN}: it begins '
                          f'with the bytes {data[:4].hex(" ")}')


def _png_size(data: bytes) -> tuple[int, int]:
    if data.rfind(b'IEND') < 0:
        raise ConversionError(f'truncated PNG of {len(data)} bytes')
    width, height = struct.unpack('>II', data[16:24])
    return width, height


def _tiff_size(data: bytes) -> tuple[int, int]:
    """Read ImageWidth (256) and ImageLength (257) in the first directory."""
    order = _TIFF[data[:4]]
    at = struct.unpack(order + 'I', data[4:8])[0]
    count = struct.unpack(order + 'H', data[at:at + 2])[0]
    found = {}
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind = struct.unpack(order + 'HH', data[entry:entry + 4])
        if tag in (256, 257):
            value = struct.Struct(order + _TIFF_SIZES[kind])
            found[tag] = value.unpack_from(data, entry + 8)[0]
    return found[256], found[257]


def _bmp_size(data: bytes) -> tuple[int, int]:
    if len(data) < int.from_bytes(data[2:6], 'little'):
        raise ConversionError(f'truncated BMP of {len(data)} bytes')
    width, height = struct.unpack('<ii', data[18:26])
    return width, abs(height)  # negative where the first row is the upper one


def _webp_size(data: bytes) -> tuple[int, int]:
    """Read the frame header of VP8, VP8L or VP8X."""
    if len(data) < 8 + int.from_bytes(data[4:8], 'little'):
        raise ConversionError(f'truncated WebP of {len(data)} bytes')
    kind = data[12:16]
    if kind == b'VP8X':
        return (1 + int.from_bytes(data[24:27], 'little'),
                1 + int.from_bytes(data[27:30], 'little'))
    if kind == b'VP8L':
        bits = struct.unpack('<I', data[21:25])[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack('<HH', data[26:30])
    return width & 0x3FFF, height & 0x3FFF
