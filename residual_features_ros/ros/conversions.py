# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Features and Matches <-> sensor_msgs/PointCloud2: one point per keypoint or match.

An array -> sensor_msgs/Image as well; the way back is ros/images.py.

A float descriptor travels as uint8 by default (descriptor_bytes.py), and a back-end may match the
bytes as they are. What the bytes mean stands in features_info.

Decoding needs no ROS: messages read from a bag by the package rosbags will do.
"""
from __future__ import annotations

import array
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from residual_features_ros.descriptor_bytes import (
    DESCRIPTOR_SCALE,
    ZERO_POINT,
    dequantise,
    quantise,
)
from residual_features_ros.errors import ConversionError
from residual_features_ros.ros.images import image_from_message, image_layout
from residual_features_ros.types import Features, Matches

__all__ = ['DESCRIPTOR_SCALE', 'ZERO_POINT', 'ConversionError', 'dequantise',
           'features_from_message', 'features_to_message', 'image_from_message',
           'image_to_message', 'matches_from_message', 'matches_to_message', 'message_to_rows',
           'quantise', 'require', 'rows_to_message']

# PointField.INT8 ... FLOAT64 are 1 ... 8.
DATATYPES = {1: 'i1', 2: 'u1', 3: 'i2', 4: 'u2', 5: 'i4', 6: 'u4', 7: 'f4', 8: 'f8'}
DATATYPE_OF = {np.dtype(code): number for number, code in DATATYPES.items()}

KEYPOINT_FIELDS = [('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('response', '<f4'),
                   ('size', '<f4'), ('angle', '<f4'), ('octave', '<i4'), ('id', '<i4')]
LEVEL_FIELD = ('level', '<i4')  # last, and messages recorded before it lack it
MATCH_ROW = np.dtype([
    ('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('prev_x', '<f4'), ('prev_y', '<f4'),
    ('distance', '<f4'), ('index', '<i4'), ('prev_index', '<i4'), ('id', '<i4'),
    ('prev_stamp_sec', '<i4'), ('prev_stamp_nanosec', '<u4'), ('confidence', '<f4')])
# Without the field that messages recorded before it lack.
MATCH_FIELDS = tuple(name for name in MATCH_ROW.names or () if name != 'confidence')


def features_to_message(features: Features, header: Any, encoding: str = 'uint8',
                        ids: np.ndarray | None = None,
                        levels: np.ndarray | None = None) -> Any:
    """Return the PointCloud2 of features.

    Args:
        features: of one image.
        header: std_msgs/Header of the image.
        encoding: 'uint8' or 'float32', for float descriptors; binary ones travel as they are.
        ids: (N,) track id of each keypoint, -1 for none; None for no tracks.
        levels: (N,) level of each keypoint (levels.levels_of); None for -1.
    """
    descriptors = features.descriptors
    if encoding == 'uint8' and descriptors.dtype != np.uint8:
        descriptors = quantise(descriptors)
    rows = np.zeros(len(features), np.dtype([
        *KEYPOINT_FIELDS,
        ('descriptor', descriptors.dtype.newbyteorder('<'), (descriptors.shape[1],)),
        LEVEL_FIELD]))
    rows['x'], rows['y'] = features.keypoints.T
    rows['response'], rows['size'] = features.responses, features.sizes
    rows['angle'], rows['octave'] = features.angles, features.octaves
    rows['id'] = -1 if ids is None else ids
    rows['descriptor'] = descriptors
    rows['level'] = -1 if levels is None else levels
    return rows_to_message(rows, header)


def features_from_message(message: Any, info: Mapping[str, Any]) -> Features:
    """Return the features of a PointCloud2.

    Args:
        message: as features_to_message made it.
        info: the JSON object of features_info that belongs to the message.

    Raises:
        ConversionError: not a message of features.
    """
    rows = message_to_rows(message)
    require(rows, [name for name, _ in KEYPOINT_FIELDS] + ['descriptor'])
    descriptors = rows['descriptor']
    if descriptors.ndim == 1:  # a field of count 1 is a scalar
        descriptors = descriptors[:, None]
    if info['descriptor_encoding'] == 'uint8':
        descriptors = dequantise(descriptors, info['descriptor_scale'],
                                 info['descriptor_zero_point'])
    return Features(np.stack([rows['x'], rows['y']], 1), rows['size'].copy(),
                    rows['angle'].copy(), rows['response'].copy(), rows['octave'].copy(),
                    np.ascontiguousarray(descriptors),
                    (int(info['image_width'] or 0), int(info['image_height'] or 0)))


def matches_to_message(matches: Matches, current: Features, previous: Features, header: Any,
                       previous_stamp: tuple[int, int], ids: np.ndarray | None = None) -> Any:
    """Return the PointCloud2 of matches, where a is the current image and b the previous one.

    The field confidence is NaN where the matches have none.

    Args:
        matches: rows into current and previous.
        current: features of the current image.
        previous: features of the previous (or reference, or right) image.
        header: std_msgs/Header of the current image.
        previous_stamp: seconds and nanoseconds of the previous image.
        ids: (M,) track id of each match; None for -1.
    """
    rows = np.zeros(len(matches), MATCH_ROW)
    rows['index'], rows['prev_index'] = matches.indices.T
    rows['x'], rows['y'] = current.keypoints[rows['index']].T
    rows['prev_x'], rows['prev_y'] = previous.keypoints[rows['prev_index']].T
    rows['distance'] = matches.distances
    rows['confidence'] = np.nan if matches.confidences is None else matches.confidences
    rows['id'] = -1 if ids is None else ids
    rows['prev_stamp_sec'], rows['prev_stamp_nanosec'] = previous_stamp
    return rows_to_message(rows, header)


def matches_from_message(message: Any) -> tuple[Matches, np.ndarray]:
    """Return the matches of a PointCloud2 and their track ids (M,); see features_from_message."""
    rows = message_to_rows(message)
    require(rows, MATCH_FIELDS)
    indices = np.stack([rows['index'], rows['prev_index']], 1)
    confidences = rows['confidence'].copy() if 'confidence' in (rows.dtype.names or ()) else None
    if confidences is not None and np.isnan(confidences).any():
        confidences = None
    return Matches(indices, rows['distance'].copy(), confidences), rows['id'].copy()


def rows_to_message(rows: np.ndarray, header: Any) -> Any:
    """Return the PointCloud2 of a structured array (N,), whose fields it takes over."""
    from sensor_msgs.msg import PointCloud2, PointField
    fields = []
    for name, (kind, offset, *_) in (rows.dtype.fields or {}).items():
        base, shape = kind.subdtype or (kind, (1,))
        fields.append(PointField(name=str(name), offset=offset, count=shape[0],
                                 datatype=DATATYPE_OF[base.newbyteorder('=')]))
    return PointCloud2(header=header, height=1, width=len(rows), fields=fields,
                       data=_message_data(rows), is_bigendian=False,
                       point_step=rows.dtype.itemsize,
                       row_step=rows.dtype.itemsize * len(rows), is_dense=True)


def message_to_rows(message: Any) -> np.ndarray:
    """Return a PointCloud2 of height 1 as a structured array (N,) that shares its memory.

    Raises:
        ConversionError: the data do not have the size or the fields that the message claims.
    """
    order = '>' if message.is_bigendian else '<'
    try:
        kind = np.dtype({
            'names': [field.name for field in message.fields],
            'formats': [(order + DATATYPES[field.datatype], (field.count,))
                        if field.count > 1 else order + DATATYPES[field.datatype]
                        for field in message.fields],
            'offsets': [field.offset for field in message.fields],
            'itemsize': message.point_step})
        if message.height != 1:
            raise ValueError(f'height is {message.height}, not 1')
        if message.width == 0:
            return np.zeros(0, kind)
        return np.frombuffer(message.data, kind, count=message.width)
    except (KeyError, TypeError, ValueError) as error:
        raise ConversionError(f'not a point cloud of features or matches: {error}') from error


def image_to_message(image: np.ndarray, header: Any) -> Any:
    """Return the sensor_msgs/Image of a (H, W) grey or (H, W, 3) BGR uint8 array."""
    from sensor_msgs.msg import Image
    return Image(header=header, data=_message_data(image), **image_layout(image))


def _message_data(values: np.ndarray) -> array.array[int]:
    """Return the bytes of an array as messages take them at once.

    Bytes or a numpy array would be checked in a Python loop by some distributions.
    """
    data = array.array('B')
    data.frombytes(np.ascontiguousarray(values).reshape(-1).view(np.uint8).data)
    return data


def require(rows: np.ndarray, names: Iterable[str]) -> None:
    """Raise ConversionError unless the rows of a message have some fields."""
    missing = [name for name in names if name not in (rows.dtype.names or ())]
    if missing:
        raise ConversionError(f'the point cloud has no field {", ".join(missing)}; it has '
                              f'{", ".join(rows.dtype.names or ())}')
