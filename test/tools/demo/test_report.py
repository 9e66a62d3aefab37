# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The table, computed on messages made by hand."""
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed: make test has it')
from support.received_frames import sequence

from residual_features_ros.tools.demo.report import render, summary
from residual_features_ros.tools.harness.recording import Frame


def test_the_table_counts_frames_and_times():
    rows = dict(summary(sequence(), {'newer image came': 1}))
    assert (rows['frames sent'], rows['frames answered'], rows['frames dropped']) == \
        ('3', '2', '1')
    assert (rows['  by the node: newer image came'], rows['  lost on the way']) == ('1', '0')
    assert dict(summary(sequence(), {}))['  lost on the way'] == '1'
    assert rows['features per frame'] == '50 (50 to 50)'
    assert rows['matches to the frame before'] == '40 (40 to 40)'
    assert rows['inliers, homography 3 px'] == '34 (85 %)'
    assert rows['latency p50, p95'] == '30.0 ms, 39.0 ms'
    assert rows['frames per second'] == '8.3'


def test_a_table_without_any_answer_is_a_table():
    assert 'frames dropped' in render([Frame(1, 0)], {}, 'orb')
    assert dict(summary([], {}))['frames sent'] == '0'
