# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Messages of features and matches made by hand, without ROS."""
from types import SimpleNamespace

import numpy as np

from residual_features_ros.ros.conversions import DATATYPE_OF, KEYPOINT_FIELDS, MATCH_ROW


def message(rows, stamp, frame_id):
    fields = [SimpleNamespace(name=name, offset=offset, datatype=DATATYPE_OF[np.dtype(kind)],
                              count=1) for name, (kind, offset) in rows.dtype.fields.items()]
    header = SimpleNamespace(stamp=SimpleNamespace(sec=stamp[0], nanosec=stamp[1]),
                             frame_id=frame_id)
    return SimpleNamespace(header=header, fields=fields, point_step=rows.dtype.itemsize, height=1,
                           width=len(rows), is_bigendian=False, data=rows.tobytes())


def features(stamp, places, frame_id='camera'):
    """Return features at pixels `places` (N, 2) of the image of a stamp (seconds, nanoseconds)."""
    rows = np.zeros(len(places), np.dtype(KEYPOINT_FIELDS))
    rows['x'], rows['y'] = np.transpose(places)
    return message(rows, stamp, frame_id)


def matches(stamp, previous, places, before, pairs, frame_id='camera'):
    """Return matches (index, previous index) of features at `places` to those at `before`."""
    rows = np.zeros(len(pairs), MATCH_ROW)
    if pairs:
        rows['index'], rows['prev_index'] = np.transpose(pairs)
        rows['x'], rows['y'] = np.transpose(np.float32(places)[rows['index']])
        rows['prev_x'], rows['prev_y'] = np.transpose(np.float32(before)[rows['prev_index']])
    rows['prev_stamp_sec'], rows['prev_stamp_nanosec'] = previous
    return message(rows, stamp, frame_id)
