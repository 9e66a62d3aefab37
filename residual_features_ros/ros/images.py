# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""sensor_msgs Image or CompressedImage -> uint8 grey or BGR array.

Our own conversion comes before cv_bridge's: it knows every encoding of ros/encodings.py, costs
microseconds, and works with any NumPy and OpenCV, where a distribution's cv_bridge fails at import
with NumPy 2 and raises KeyError with OpenCV 5. Any other encoding is handed to cv_bridge where
that imports. Ours needs no ROS: any object with the message's fields will do.

Deeper images become 8 bit as grey_levels.py says, those of one camera by its LevelMemory.
"""
from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from residual_features_ros.errors import ConversionError
from residual_features_ros.grey_levels import LevelMemory, to_grey_levels
from residual_features_ros.ros.compressed_images import NAMES, check_size, decompress
from residual_features_ros.ros.encodings import Encoding, encoding_of

_WITHOUT_ALPHA = {cv2.COLOR_BGRA2BGR: None, cv2.COLOR_RGBA2BGR: cv2.COLOR_RGB2BGR}
_LAYOUT_NAMES = {'uint8': ('mono8', 'bgr8'), 'uint16': ('mono16', 'bgr16'),
                 'int8': ('8SC1', '8SC3'), 'int16': ('16SC1', '16SC3'),
                 'int32': ('32SC1', '32SC3'), 'float32': ('32FC1', '32FC3'),
                 'float64': ('64FC1', '64FC3')}


def image_from_message(message: Any, memory: LevelMemory | None = None) -> np.ndarray:
    """Return the image of a sensor_msgs Image or CompressedImage.

    Args:
        message: of ROS 1 or 2.
        memory: of the camera, which keeps the grey levels of deeper images from jumping; None for
            a pure function of the message. Images of 8 bits leave it alone.

    Returns:
        (H, W) grey or (H, W, 3) BGR uint8; may share memory with the message.

    Raises:
        ConversionError: says what is wrong with the message.
    """
    try:
        if hasattr(message, 'format'):
            return _from_compressed(bytes(message.data), str(message.format), memory)
        if message.encoding.strip().lower() in NAMES:
            return _from_picture(message, memory)
        try:
            encoding = encoding_of(message.encoding)
        except ConversionError as not_ours:
            return _ask_cv_bridge(message, not_ours)
        return _convert(_pixels(message, encoding), encoding, memory)
    except ConversionError:
        raise
    except (cv2.error, MemoryError, AttributeError, TypeError, ValueError,
            OverflowError) as error:
        reason = ' '.join(str(error).split())
        raise ConversionError(f'image could not be converted: {reason}') from error


def depth_from_message(message: Any) -> np.ndarray:
    """Return the depths of a sensor_msgs/Image as REP 118 has them.

    Args:
        message: of ROS 1 or 2, encoded as 16UC1 (or mono16) or 32FC1.

    Returns:
        (H, W) uint16 millimetres or float32 metres, a view into the message.

    Raises:
        ConversionError: another encoding, or fewer bytes than the message claims.
    """
    try:
        encoding = encoding_of(message.encoding)
        if encoding not in (Encoding('u2', 1), Encoding('f4', 1)):
            raise ConversionError(f'its encoding is {message.encoding}, not 16UC1 or 32FC1')
        return _pixels(message, encoding)
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        raise ConversionError(f'not an image of depths: {error}') from error


def image_layout(image: np.ndarray) -> dict[str, Any]:
    """Return the fields of sensor_msgs/Image that say how the bytes of an image are laid out.

    Args:
        image: (H, W) grey or (H, W, 3) BGR, uint8 or deeper, its rows without padding.
    """
    height, width = image.shape[:2]
    return {'height': height, 'width': width, 'step': image.nbytes // height, 'is_bigendian': 0,
            'encoding': _LAYOUT_NAMES[image.dtype.name][image.ndim - 2]}


def _from_compressed(data: bytes, format: str, memory: LevelMemory | None) -> np.ndarray:
    image, bayer = decompress(data, format)
    image = np.ascontiguousarray(to_grey_levels(image, memory))
    return image if bayer is None else np.asarray(cv2.cvtColor(image, bayer))


def _from_picture(message: Any, memory: LevelMemory | None) -> np.ndarray:
    """Decode an Image whose encoding is that of a compressed picture, as some drivers send."""
    image = _from_compressed(bytes(message.data), message.encoding, memory)
    size, told = (image.shape[1], image.shape[0]), (int(message.width), int(message.height))
    if any(told) and told != size:
        raise ConversionError(f'image of {told[0]}x{told[1]} holds a {message.encoding} of '
                              f'{size[0]}x{size[1]}')
    return image


def _pixels(message: Any, encoding: Encoding) -> np.ndarray:
    """Return (H, W) or (H, W, C) values of the encoding's type as a view into the message."""
    height, width, step = int(message.height), int(message.width), int(message.step)
    check_size(width, height)
    dtype = np.dtype(encoding.dtype).newbyteorder('>' if message.is_bigendian else '<')
    row = width * encoding.channels * dtype.itemsize
    data = np.frombuffer(message.data, np.uint8)
    packed = int(height * width * encoding.values_per_pixel)
    if packed == len(data):  # rows of luma without padding, whatever step counts in
        step = row
    if step < row:
        raise ConversionError(f'step of {step} bytes is too small: a row of {width} '
                              f'{message.encoding} pixels has {row} bytes')
    rows = int(height * max(1.0, encoding.values_per_pixel))  # those of all planes
    needed = step * (rows - 1) + row  # the padding of the last row may be missing
    if len(data) < min(needed, packed or needed):
        raise ConversionError(f'truncated image: {width}x{height} {message.encoding} with step '
                              f'{step} has {needed} bytes, got {len(data)}')
    shape = (height, width, encoding.channels)[:3 if encoding.channels > 1 else 2]
    strides = (step, encoding.channels * dtype.itemsize, dtype.itemsize)[:len(shape)]
    return np.ndarray(shape, dtype, buffer=data, strides=strides)


def _ask_cv_bridge(message: Any, not_ours: ConversionError) -> np.ndarray:
    """Convert an encoding that is not ours; ConversionError where cv_bridge cannot either."""
    try:
        from cv_bridge import CvBridge
    except Exception as error:  # beside NumPy 2 it fails with AttributeError as well
        raise ConversionError(f'{not_ours} (and cv_bridge does not import)') from error
    check_size(int(message.width), int(message.height))
    try:
        return np.asarray(CvBridge().imgmsg_to_cv2(message, 'bgr8'), np.uint8)
    except Exception as error:  # CvBridgeError is a TypeError, truncated data a bare one
        raise ConversionError(f'{not_ours} (cv_bridge: {error})') from error


def _convert(pixels: np.ndarray, encoding: Encoding, memory: LevelMemory | None) -> np.ndarray:
    code = encoding.to_grey_or_bgr
    if encoding.luma is not None:
        pixels = pixels[..., encoding.luma]
    elif code in _WITHOUT_ALPHA and pixels.dtype.itemsize > 1:  # alpha is no part of the range
        pixels, code = pixels[..., :3], _WITHOUT_ALPHA[code]
    image = np.ascontiguousarray(to_grey_levels(pixels, memory))
    return image if code is None else np.asarray(cv2.cvtColor(image, code))
