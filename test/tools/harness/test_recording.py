# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The table, computed on messages made by hand."""
import numpy as np
import pytest

from residual_features_ros.ros.conversions import KEYPOINT_FIELDS, MATCH_ROW

pytest.importorskip('rosbags', reason='the package rosbags is not installed: make test has it')
from rosbags.rosbag2 import Writer

from residual_features_ros.tools.bags.rosbag import STORE, header
from residual_features_ros.tools.demo.pictures import best_frame, tails
from residual_features_ros.tools.demo.report import render, summary
from residual_features_ros.tools.drawing import draw_tails
from residual_features_ros.tools.harness.recording import Frame, lost, read_recording

KEYPOINT_ROW = np.dtype([*KEYPOINT_FIELDS, ('descriptor', 'u1', (4,))])
POINTS = np.random.default_rng(0).uniform(0, 300, (40, 2)).astype(np.float32)


def match_rows(shift):
    """Return matches of POINTS moved by `shift` pixels in x, the last six wrong."""
    rows = np.zeros(len(POINTS), MATCH_ROW)
    rows['prev_x'], rows['prev_y'] = POINTS.T
    rows['x'], rows['y'] = rows['prev_x'] + shift, rows['prev_y']
    rows['x'][-6:] += [60, -50, 0, 70, -45, 20]
    rows['y'][-6:] += [-20, 80, 45, 0, -60, 90]
    rows['id'] = np.arange(len(POINTS))
    return rows


def sequence():
    """Return three frames 100 ms apart: answered after 20 and 40 ms, then lost."""
    features = np.zeros(50, KEYPOINT_ROW)
    return [Frame(1, 0, 20_000_000, features, match_rows(0)[:0]),
            Frame(2, 100_000_000, 140_000_000, features, match_rows(3)),
            Frame(3, 200_000_000)]


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
    assert lost(sequence()) == 1


def test_a_table_without_any_answer_is_a_table():
    assert 'frames dropped' in render([Frame(1, 0)], {}, 'orb')
    assert dict(summary([], {}))['frames sent'] == '0'


def test_a_frame_without_matches_message_is_lost():
    assert lost([Frame(1, 0, 5, np.zeros(0, KEYPOINT_ROW))]) == 1


def cloud(rows, stamp):
    """Return a PointCloud2 as rosbags has it."""
    numbers = {'f': 7, 'i': 5, 'u': 6}
    fields = []
    for name, (kind, offset) in rows.dtype.fields.items():
        base, shape = kind.subdtype or (kind, (1,))
        number = 2 if base.itemsize == 1 else numbers[base.kind]
        fields.append(STORE.types['sensor_msgs/msg/PointField'](name, offset, number, shape[0]))
    size = rows.dtype.itemsize
    return STORE.types['sensor_msgs/msg/PointCloud2'](
        header(stamp), 1, len(rows), fields, False, size, size * len(rows),
        np.frombuffer(rows.tobytes(), np.uint8), True)


def test_a_recording_is_joined_by_stamps(tmp_path):
    features, matches = np.zeros(5, KEYPOINT_ROW), match_rows(2)
    features['size'] = 3.5
    with Writer(tmp_path / 'bag', version=9) as writer:
        for time_ns, topic, message in (
                (10, 'image_sent', header(2)), (20, 'image_sent', header(3)),
                (30, 'features', cloud(features, 2)), (31, 'matches', cloud(matches, 2)),
                (40, 'features', cloud(features, 1))):  # stamped 1: the answer to a late probe
            kind = message.__msgtype__
            known = [c for c in writer.connections if c.topic == f'/demo/{topic}']
            connection = known[0] if known else \
                writer.add_connection(f'/demo/{topic}', kind, typestore=STORE)
            writer.write(connection, time_ns, STORE.serialize_cdr(message, kind))
    first, second = read_recording(tmp_path / 'bag')
    assert (first.stamp, first.sent, first.received, first.answered) == (2, 10, 30, True)
    np.testing.assert_array_equal(first.matches, matches)
    np.testing.assert_array_equal(first.features['size'], 3.5)
    assert not second.answered


def test_tails_follow_track_ids_and_begin_anew_after_a_wrong_match():
    frames = [Frame(1, 0), Frame(2, 0, 1, np.zeros(1), match_rows(3)),
              Frame(3, 0, 1, np.zeros(1), match_rows(3))]
    assert best_frame(frames) == 2
    found = tails(frames, 2)
    assert set(range(34)) <= set(found)
    assert len(found) < len(POINTS)
    assert found[0].shape == (3, 2)
    np.testing.assert_allclose(found[0][0], POINTS[0])
    assert draw_tails(np.zeros((240, 320), np.uint8), found, 2.0).shape == (480, 640, 3)


def test_nothing_matched_is_no_picture():
    assert best_frame([]) is None
    assert best_frame([Frame(1, 0)]) is None
    assert best_frame([Frame(1, 0), Frame(2, 0, 1, np.zeros(1), match_rows(0)[:0])]) is None
