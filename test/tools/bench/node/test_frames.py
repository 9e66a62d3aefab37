# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

pytest.importorskip('rosbags', reason='rosbags is not installed')

from residual_features_ros.tools.bags.rosbag import STORE, header
from residual_features_ros.tools.bench.node.frames import (
    MEASURE,
    SATURATE,
    WARM_UP,
    Answer,
    answer_of,
    frame_stamp,
)
from residual_features_ros.tools.harness.cdr import is_probe

CLOUD = 'sensor_msgs/msg/PointCloud2'


def test_an_answer_names_its_frame_by_phase_and_number():
    message = STORE.types[CLOUD](
        header=header(frame_stamp(MEASURE, 70_021)), height=1, width=741, fields=[],
        is_bigendian=False, point_step=4, row_step=4 * 741, is_dense=True,
        data=np.zeros(4 * 741, np.uint8))
    cdr = bytes(STORE.serialize_cdr(message, CLOUD))
    assert answer_of(cdr, 5) == Answer(5, MEASURE, 70_021, 741)


def test_no_frame_is_a_probe():
    assert not any(is_probe(frame_stamp(phase, 0)) for phase in (WARM_UP, SATURATE, MEASURE))
