# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import numpy as np

from residual_features_ros.examples.frames import KEPT, Join
from residual_features_ros.ros.conversions import DATATYPE_OF, KEYPOINT_FIELDS, MATCH_ROW


def message(rows, sec):
    fields = [SimpleNamespace(name=name, offset=offset, datatype=DATATYPE_OF[np.dtype(kind)],
                              count=1) for name, (kind, offset) in rows.dtype.fields.items()]
    return SimpleNamespace(header=SimpleNamespace(stamp=SimpleNamespace(sec=sec, nanosec=5)),
                           fields=fields, point_step=rows.dtype.itemsize, height=1,
                           width=len(rows), is_bigendian=False, data=rows.tobytes())


def features(sec, places):
    rows = np.zeros(len(places), np.dtype(KEYPOINT_FIELDS))
    rows['x'], rows['y'] = np.transpose(places)
    return message(rows, sec)


def matches(sec, previous, pairs):
    rows = np.zeros(len(pairs), MATCH_ROW)
    if pairs:
        rows['index'], rows['prev_index'] = np.transpose(pairs)
    rows['prev_x'], rows['prev_y'] = 7, 8
    rows['prev_stamp_sec'], rows['prev_stamp_nanosec'] = previous, 5
    return message(rows, sec)


def test_an_image_is_complete_with_both_messages_in_any_order():
    join = Join()
    assert join.add_features(features(1, [(1, 2), (3, 4)])) is None
    first = join.add_matches(matches(1, 0, []))
    assert first.previous_ns is None and len(first.now) == 0
    assert join.add_matches(matches(2, 1, [(0, 1)])) is None
    second = join.add_features(features(2, [(5, 6)]))
    assert (second.stamp_ns, second.previous_ns) == (2 * 10**9 + 5, 10**9 + 5)
    assert second.now.tolist() == [[5, 6]] and second.before.tolist() == [[3, 4]]


def test_pixels_of_an_image_that_is_lost_come_from_the_matches():
    join = Join()
    join.add_features(features(2, [(5, 6)]))
    assert join.add_matches(matches(2, 1, [(0, 1)])).before.tolist() == [[7, 8]]


def test_what_never_completes_is_forgotten_and_counted():
    join = Join()
    for sec in range(KEPT + 3):
        join.add_features(features(sec, [(0, 0)]))
    assert join.incomplete == 3
