# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Image messages of every encoding: objects with the fields of the message, and ROS's own."""
import array
from types import SimpleNamespace

import cv2
import numpy as np

# encoding -> BGR uint8 to the pixels of the encoding
_RGB = {'rgb8': cv2.COLOR_BGR2RGB, 'bgra8': cv2.COLOR_BGR2BGRA, '8UC4': cv2.COLOR_BGR2BGRA,
        'rgba8': cv2.COLOR_BGR2RGBA}
# encoding of several planes -> values per pixel
PLANES = {'nv12': 1.5, 'nv21': 1.5, 'i420': 1.5, 'yv12': 1.5, 'nv16': 2, 'nv61': 2, 'nv24': 3,
          'nv42': 3}
_BAYER_FIRST_ROWS = {'rggb': 'rg gb', 'bggr': 'bg gr', 'gbrg': 'gb rg', 'grbg': 'gr bg'}


def mosaic(bgr, pattern):
    """Keep of each pixel the colour that the filter lets through."""
    out = np.zeros(bgr.shape[:2], np.uint8)
    for y, row in enumerate(_BAYER_FIRST_ROWS[pattern].split()):
        for x, colour in enumerate(row):
            out[y::2, x::2] = bgr[y::2, x::2, 'bgr'.index(colour)]
    return out


def interleave_yuv422(bgr, order):
    """Pack BT.601 (video range) 4:2:2; `order` is 'uyvy' or 'yuyv'."""
    b, g, r = (bgr[..., i].astype(np.float64) for i in range(3))
    y = 16 + 0.257 * r + 0.504 * g + 0.098 * b
    u = (128 - 0.148 * r - 0.291 * g + 0.439 * b).reshape(len(y), -1, 2).mean(2)
    v = (128 + 0.439 * r - 0.368 * g - 0.071 * b).reshape(len(y), -1, 2).mean(2)
    planes = {'uyvy': (u, y[:, ::2], v, y[:, 1::2]), 'yuyv': (y[:, ::2], u, y[:, 1::2], v)}[order]
    packed = np.stack(planes, -1).reshape(len(y), -1, 2)
    return np.clip(np.rint(packed), 0, 255).astype(np.uint8)


def pixels_of(bgr, encoding):
    """Return a BGR uint8 image as the array that a camera of this encoding sends."""
    if encoding.startswith('bayer_'):
        values = mosaic(bgr, encoding[6:10])
        return values if encoding.endswith('8') else values.astype(np.uint16) << 8
    grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    if encoding == 'mono8' or encoding in PLANES:
        return grey
    if encoding == 'mono16':
        return grey.astype(np.uint16) << 8
    if encoding[0] in '1368' and 'C' in encoding:
        return opencv_pixels(bgr, grey, encoding)
    if encoding in ('yvyu', 'vyuy', 'yuv444'):  # the luma, and anything
        at, rest = encoding.index('y'), np.full_like(grey, 77)
        planes = [rest, rest, rest][:3 if encoding == 'yuv444' else 2]
        planes[at] = grey
        return np.dstack(planes)
    if encoding in ('bgr16', 'rgb16', 'bgra16', 'rgba16'):
        deep = (bgr if encoding.startswith('bgr') else bgr[..., ::-1]).astype(np.uint16) << 8
        return np.dstack([deep, np.full_like(grey, 65535, np.uint16)]) if 'a' in encoding else deep
    if encoding in ('yuv422', 'uyvy', 'yuv422_yuy2', 'yuyv'):
        return interleave_yuv422(bgr, 'uyvy' if encoding in ('yuv422', 'uyvy') else 'yuyv')
    return cv2.cvtColor(bgr, _RGB[encoding]) if encoding in _RGB else bgr


def opencv_pixels(bgr, grey, encoding):
    """Return OpenCV's type of 1 to 4 channels, in which a grey level is 1, 16 or 1 / 255."""
    bits, kind, channels = encoding[:-3], encoding[-3], int(encoding[-1])
    dtype = np.dtype({'U': 'u', 'S': 'i', 'F': 'f'}[kind] + str(int(bits) // 8))
    rest = np.full_like(grey, 77)
    values = [grey, np.dstack([grey, rest]), bgr, np.dstack([bgr, rest])][channels - 1]
    if dtype.itemsize == 1:
        return values if kind == 'U' else (values ^ 128).view(np.int8)
    return (values / 255).astype(dtype) if kind == 'F' else values.astype(dtype) * 16


def fields_of(bgr, encoding, padding=0, big_endian=False):
    """Return the fields of sensor_msgs/Image; each row ends with `padding` bytes of rubbish."""
    pixels = pixels_of(bgr, encoding)
    ordered = pixels.astype(pixels.dtype.newbyteorder('>' if big_endian else '<'))
    rows = np.ascontiguousarray(ordered).view(np.uint8).reshape(len(bgr), -1)
    rows = np.hstack([rows, np.full((len(bgr), padding), 0xAB, np.uint8)])
    chroma = int((PLANES.get(encoding, 1) - 1) * len(bgr))
    rows = np.vstack([rows, np.full((chroma, rows.shape[1]), 77, np.uint8)])
    return {'height': bgr.shape[0], 'width': bgr.shape[1], 'encoding': encoding,
            'is_bigendian': int(big_endian), 'step': rows.shape[1], 'data': rows.tobytes()}


def image_message(bgr, encoding, **options):
    return SimpleNamespace(**fields_of(bgr, encoding, **options))


def ros_image(bgr, encoding='bgr8', frame_id='camera', stamp=(0, 0), **options):
    """Return a sensor_msgs/Image; stamp is (seconds, nanoseconds)."""
    from sensor_msgs.msg import Image
    from std_msgs.msg import Header
    fields = fields_of(bgr, encoding, **options)
    fields['data'] = array.array('B', fields['data'])
    message = Image(header=Header(frame_id=frame_id), **fields)
    message.header.stamp.sec, message.header.stamp.nanosec = stamp
    return message


def compressed_message(data, format='jpeg'):
    return SimpleNamespace(format=format, data=data)
