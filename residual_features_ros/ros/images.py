# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""sensor_msgs Image or CompressedImage -> uint8 grey or BGR array.

Our own conversion comes before cv_bridge's: it knows every encoding below, costs microseconds, and
works with any NumPy and OpenCV, where a distribution's cv_bridge fails at import with NumPy 2 and
raises KeyError with OpenCV 5. Any other encoding is handed to cv_bridge where that imports. Ours
needs no ROS: any object with the message's fields will do.

Deeper images become 8 bit as follows.
- 16 bit: shifted right so that the highest bit that the image uses becomes bit 7. A 12-bit
  camera in 16-bit words keeps its contrast; the gain changes by powers of two only.
- 32FC1: stretched linearly from the least to the greatest value.
"""
from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from residual_features_ros.errors import ConversionError, unknown

MAX_PIXELS = 1 << 26  # 67 megapixels: more is a corrupt header or an attack


@dataclass(frozen=True)
class Encoding:
    """The pixels of an encoding: type and number of values, and OpenCV's code to grey or BGR."""

    dtype: str
    channels: int
    to_grey_or_bgr: int | None = None


# ROS names a Bayer pattern by its first two rows from the first pixel, OpenCV from the second.
_BAYER = {'rggb': cv2.COLOR_BayerBG2BGR, 'bggr': cv2.COLOR_BayerRG2BGR,
          'gbrg': cv2.COLOR_BayerGR2BGR, 'grbg': cv2.COLOR_BayerGB2BGR}
ENCODINGS = {
    'mono8': Encoding('u1', 1), '8UC1': Encoding('u1', 1),
    'bgr8': Encoding('u1', 3), '8UC3': Encoding('u1', 3),
    'rgb8': Encoding('u1', 3, cv2.COLOR_RGB2BGR),
    'bgra8': Encoding('u1', 4, cv2.COLOR_BGRA2BGR), '8UC4': Encoding('u1', 4, cv2.COLOR_BGRA2BGR),
    'rgba8': Encoding('u1', 4, cv2.COLOR_RGBA2BGR),
    'mono16': Encoding('u2', 1), '16UC1': Encoding('u2', 1),
    'bgr16': Encoding('u2', 3), 'rgb16': Encoding('u2', 3, cv2.COLOR_RGB2BGR),
    '32FC1': Encoding('f4', 1),
    'yuv422': Encoding('u1', 2, cv2.COLOR_YUV2BGR_UYVY),
    'uyvy': Encoding('u1', 2, cv2.COLOR_YUV2BGR_UYVY),
    'yuv422_yuy2': Encoding('u1', 2, cv2.COLOR_YUV2BGR_YUY2),
    'yuyv': Encoding('u1', 2, cv2.COLOR_YUV2BGR_YUY2),
    **{f'bayer_{name}{bits}': Encoding(f'u{bits // 8}', 1, code)
       for name, code in _BAYER.items() for bits in (8, 16)},
}


def image_from_message(message: Any) -> np.ndarray:
    """Return the image of a sensor_msgs Image or CompressedImage.

    Returns:
        (H, W) grey or (H, W, 3) BGR uint8; may share memory with the message.

    Raises:
        ConversionError: says what is wrong with the message.
    """
    try:
        if hasattr(message, 'format'):
            return _decompress(bytes(message.data))
        if message.encoding not in ENCODINGS:
            return _ask_cv_bridge(message)
        return _convert(_pixels(message), ENCODINGS[message.encoding])
    except ConversionError:
        raise
    except (cv2.error, MemoryError, TypeError, ValueError, OverflowError) as error:
        reason = ' '.join(str(error).split())
        raise ConversionError(f'image could not be converted: {reason}') from error


def image_layout(image: np.ndarray) -> dict[str, Any]:
    """Return the fields of sensor_msgs/Image that say how the bytes of an image are laid out.

    Args:
        image: (H, W) grey or (H, W, 3) BGR uint8, its rows without padding.
    """
    height, width = image.shape[:2]
    return {'height': height, 'width': width, 'step': image.size // height, 'is_bigendian': 0,
            'encoding': 'mono8' if image.ndim == 2 else 'bgr8'}


def _pixels(message: Any) -> np.ndarray:
    """Return (H, W) or (H, W, C) values of the encoding's type as a view into the message."""
    encoding = ENCODINGS[message.encoding]
    height, width, step = int(message.height), int(message.width), int(message.step)
    _check_size(width, height)
    dtype = np.dtype(encoding.dtype).newbyteorder('>' if message.is_bigendian else '<')
    row = width * encoding.channels * dtype.itemsize
    if step < row:
        raise ConversionError(f'step of {step} bytes is too small: a row of {width} '
                              f'{message.encoding} pixels has {row} bytes')
    data = np.frombuffer(message.data, np.uint8)
    needed = step * (height - 1) + row  # the padding of the last row may be missing
    if len(data) < needed:
        raise ConversionError(f'truncated image: {width}x{height} {message.encoding} with step '
                              f'{step} has {needed} bytes, got {len(data)}')
    shape = (height, width, encoding.channels)[:3 if encoding.channels > 1 else 2]
    strides = (step, encoding.channels * dtype.itemsize, dtype.itemsize)[:len(shape)]
    return np.ndarray(shape, dtype, buffer=data, strides=strides)


def _ask_cv_bridge(message: Any) -> np.ndarray:
    """Convert an encoding that is not ours; ConversionError where cv_bridge cannot either."""
    not_ours = str(unknown('image encoding', message.encoding, ENCODINGS))
    try:
        from cv_bridge import CvBridge
    except Exception as error:  # beside NumPy 2 it fails with AttributeError as well
        raise ConversionError(f'{not_ours} (and cv_bridge does not import)') from error
    _check_size(int(message.width), int(message.height))
    try:
        return np.asarray(CvBridge().imgmsg_to_cv2(message, 'bgr8'), np.uint8)
    except Exception as error:  # CvBridgeError is a TypeError, truncated data a bare one
        raise ConversionError(f'{not_ours} (cv_bridge: {error})') from error


def _convert(pixels: np.ndarray, encoding: Encoding) -> np.ndarray:
    image = np.ascontiguousarray(_to_uint8(pixels))
    if encoding.to_grey_or_bgr is None:
        return image
    return np.asarray(cv2.cvtColor(image, encoding.to_grey_or_bgr))


def _to_uint8(pixels: np.ndarray) -> np.ndarray:
    """Bring 16-bit and float values to 8 bit as the module's docstring says."""
    if pixels.dtype.kind == 'f':
        low, high = float(pixels.min()), float(pixels.max())  # NaN if any value is
        if not np.isfinite([low, high]).all():
            raise ConversionError('image has values that are NaN or infinite')
        gain = 255 / (high - low) if high > low else 0.0
        return np.rint((pixels - np.float64(low)) * gain).astype(np.uint8)
    if pixels.dtype.itemsize == 2:
        shift = max(0, int(pixels.max()).bit_length() - 8)
        return (pixels >> shift).astype(np.uint8)
    return pixels


def _decompress(data: bytes) -> np.ndarray:
    """Decode JPEG or PNG; their size is read before anything is allocated."""
    if data.startswith(b'\x89PNG\r\n\x1a\n'):
        size, whole = _png_size(data), data.rfind(b'IEND') > 0
    elif data.startswith(b'\xff\xd8'):
        size, whole = _jpeg_size(data), data.rfind(b'\xff\xd9') > max(0, len(data) - 1024)
    else:
        raise ConversionError('compressed image is neither JPEG nor PNG' if data
                              else 'compressed image is empty')
    _check_size(*size)
    if not whole:
        raise ConversionError(f'truncated compressed image of {len(data)} bytes')
    image = cv2.imdecode(np.frombuffer(data, np.uint8),
                         cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None:
        raise ConversionError(f'corrupt compressed image of {len(data)} bytes')
    return np.ascontiguousarray(_to_uint8(image))


def _png_size(data: bytes) -> tuple[int, int]:
    if len(data) < 24:
        raise ConversionError(f'truncated PNG of {len(data)} bytes')
    width, height = struct.unpack('>II', data[16:24])
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Walk the segments to the frame header (SOF), which has height and width."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack('>HH', data[at + 5:at + 9])
            return width, height
        if marker == 0xFF:  # a fill byte
            at += 1
        else:
            at += 2 + int.from_bytes(data[at + 2:at + 4], 'big')
    raise ConversionError(f'truncated or corrupt JPEG of {len(data)} bytes: no frame header')


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise ConversionError(f'image is empty: {width}x{height} (width x height)')
    if width * height > MAX_PIXELS:
        raise ConversionError(f'image of {width}x{height} has more than {MAX_PIXELS} pixels')
