# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The encodings of sensor_msgs/Image: those of image_encodings.hpp, and what drivers write.

Of luma and chroma in planes or of 4:4:4 the luma serves, which is all that features are made of.
"""
from __future__ import annotations

import difflib
from dataclasses import dataclass
from types import MappingProxyType

import cv2

from residual_features_ros.errors import ConversionError


@dataclass(frozen=True)
class Encoding:
    """The pixels of an encoding.

    dtype, channels: type and number of the values of a pixel of the first plane.
    to_grey_or_bgr: OpenCV's code.
    luma: the channel that is taken alone.
    values_per_pixel: in all planes together, where there are several.
    """

    dtype: str
    channels: int
    to_grey_or_bgr: int | None = None
    luma: int | None = None
    values_per_pixel: float = 0.0


# ROS names a Bayer pattern by its first two rows from the first pixel, OpenCV from the second.
BAYER = {'rggb': cv2.COLOR_BayerBG2BGR, 'bggr': cv2.COLOR_BayerRG2BGR,
         'gbrg': cv2.COLOR_BayerGR2BGR, 'grbg': cv2.COLOR_BayerGB2BGR}
_CV_TYPES = {'8U': 'u1', '8S': 'i1', '16U': 'u2', '16S': 'i2', '32S': 'i4', '16F': 'f2',
             '32F': 'f4', '64F': 'f8'}


def _opencv(name: str, dtype: str, channels: int) -> Encoding:
    """Return OpenCV's type of unnamed channels: 3 and 4 are BGR and BGRA, of 2 the first."""
    return Encoding(dtype, channels, cv2.COLOR_BGRA2BGR if channels == 4 else None,
                    0 if channels == 2 else None)


ENCODINGS = MappingProxyType({
    'mono8': Encoding('u1', 1), 'mono16': Encoding('u2', 1),
    'bgr8': Encoding('u1', 3), 'rgb8': Encoding('u1', 3, cv2.COLOR_RGB2BGR),
    'bgra8': Encoding('u1', 4, cv2.COLOR_BGRA2BGR),
    'rgba8': Encoding('u1', 4, cv2.COLOR_RGBA2BGR),
    'bgr16': Encoding('u2', 3), 'rgb16': Encoding('u2', 3, cv2.COLOR_RGB2BGR),
    'bgra16': Encoding('u2', 4, cv2.COLOR_BGRA2BGR),
    'rgba16': Encoding('u2', 4, cv2.COLOR_RGBA2BGR),
    **{f'{name}C{channels}': _opencv(name, dtype, channels)
       for name, dtype in _CV_TYPES.items() for channels in (1, 2, 3, 4)},
    **{f'bayer_{name}{bits}': Encoding(f'u{bits // 8}', 1, code)
       for name, code in BAYER.items() for bits in (8, 16)},
    'yuv422': Encoding('u1', 2, cv2.COLOR_YUV2BGR_UYVY),
    'uyvy': Encoding('u1', 2, cv2.COLOR_YUV2BGR_UYVY),
    'yuv422_yuy2': Encoding('u1', 2, cv2.COLOR_YUV2BGR_YUY2),
    'yuyv': Encoding('u1', 2, cv2.COLOR_YUV2BGR_YUY2),
    'yvyu': Encoding('u1', 2, luma=0), 'vyuy': Encoding('u1', 2, luma=1),
    'yuv444': Encoding('u1', 3, luma=0),
    **{name: Encoding('u1', 1, values_per_pixel=values) for name, values in (
        ('nv12', 1.5), ('nv21', 1.5), ('i420', 1.5), ('yv12', 1.5), ('nv16', 2.0), ('nv61', 2.0),
        ('nv24', 3.0), ('nv42', 3.0))},
})
# Names of V4L2, GStreamer, GenICam and of drivers, in small letters; 10 to 14 bits come in words.
_ALIASES = {
    'mono': 'mono8', 'grey': 'mono8', 'gray': 'mono8', 'gray8': 'mono8', 'y8': 'mono8',
    'y16': 'mono16', 'gray16': 'mono16', 'gray16_le': 'mono16',
    **{f'{name}{bits}': 'mono16' for name in ('mono', 'y') for bits in (10, 12, 14)},
    'bgr': 'bgr8', 'rgb': 'rgb8', 'bgra': 'bgra8', 'rgba': 'rgba8',
    'yuy2': 'yuyv', 'yuyv422': 'yuyv', 'yuv422_yuyv': 'yuyv', 'uyvy422': 'uyvy',
    'yuv422_uyvy': 'uyvy', 'yu12': 'i420', 'iyuv': 'i420', 'yuv420': 'i420', 'yuv420p': 'i420',
    **{f'bayer_{name}{bits}': f'bayer_{name}16' for name in BAYER for bits in (10, 12, 14)},
    **{f'bayer{name[:2]}{bits}': f'bayer_{name}{8 if bits == 8 else 16}'
       for name in BAYER for bits in (8, 10, 12, 14, 16)},
    **{cv_type.lower() + 'c': f'{cv_type}C1' for cv_type in _CV_TYPES},
}
_SMALL_LETTERS = {name.lower(): name for name in ENCODINGS}


def encoding_of(name: str) -> Encoding:
    """Return the encoding of a name, in capital or small letters.

    Raises:
        ConversionError: it is not known; names those that are.
    """
    small = name.strip().lower()
    known = _SMALL_LETTERS.get(_ALIASES.get(small, small).lower())
    if known is None:
        near = [_SMALL_LETTERS[word] for word in difflib.get_close_matches(small, _SMALL_LETTERS)]
        hint = f' (did you mean {" or ".join(near)}?)' if near else ''
        raise ConversionError(f'unknown image encoding {name[:40]!r}{hint}; known are those of '
                              'sensor_msgs/image_encodings, nv12, i420 and their kin')
    return ENCODINGS[known]


def luma_alone(name: str) -> bool:
    """Return whether of an encoding's luma and chroma the luma alone is taken."""
    try:
        encoding = encoding_of(name)
    except ConversionError:
        return False
    return encoding.values_per_pixel > 0 or name.strip().lower() in ('yvyu', 'vyuy', 'yuv444')


def bayer_code(name: str) -> int | None:
    """Return OpenCV's code of the Bayer pattern that an encoding names, None for any other."""
    try:
        code = encoding_of(name).to_grey_or_bgr
    except ConversionError:
        return None
    return code if code in BAYER.values() else None
