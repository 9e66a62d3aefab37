# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings written and read back."""
import numpy as np
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed: make test has it')
from rosbags.rosbag2 import Reader
from support.received_frames import KEYPOINT_ROW, match_rows, sequence

from residual_features_ros.ros.diagnostics import DROPS
from residual_features_ros.tools.bags.rosbag import STORE, header
from residual_features_ros.tools.harness.recording import (
    SENT,
    Frame,
    lost,
    node_drops,
    read_recording,
    sent_record,
    write_recording,
)


def serialised(message):
    return bytes(STORE.serialize_cdr(message, message.__msgtype__))


def cloud(rows, stamp):
    """Return a serialised PointCloud2."""
    numbers = {'f': 7, 'i': 5, 'u': 6}
    fields = []
    for name, (kind, offset) in rows.dtype.fields.items():
        base, shape = kind.subdtype or (kind, (1,))
        number = 2 if base.itemsize == 1 else numbers[base.kind]
        fields.append(STORE.types['sensor_msgs/msg/PointField'](name, offset, number, shape[0]))
    size = rows.dtype.itemsize
    return serialised(STORE.types['sensor_msgs/msg/PointCloud2'](
        header(stamp), 1, len(rows), fields, False, size, size * len(rows),
        np.frombuffer(rows.tobytes(), np.uint8), True))


def report(**drops):
    """Return a serialised DiagnosticArray of a node that dropped images."""
    values = [STORE.types['diagnostic_msgs/msg/KeyValue']('method', 'orb')]
    values += [STORE.types['diagnostic_msgs/msg/KeyValue'](f'{DROPS}{reason}', str(count))
               for reason, count in drops.items()]
    status = STORE.types['diagnostic_msgs/msg/DiagnosticStatus'](0, 'node', '', '', values)
    return serialised(STORE.types['diagnostic_msgs/msg/DiagnosticArray'](header(9), [status]))


def test_a_recording_is_joined_by_stamps(tmp_path):
    features, matches = np.zeros(5, KEYPOINT_ROW), match_rows(2)
    features['size'] = 3.5
    write_recording(tmp_path / 'bag', '/demo', [
        ('features', 30, cloud(features, 2)), ('matches', 31, cloud(matches, 2)),
        ('features', 40, cloud(features, 1)),  # nobody sent an image of stamp 1
        (SENT, 10, sent_record(2)), (SENT, 20, sent_record(3))])  # later, as the player has them
    first, second = read_recording(tmp_path / 'bag')
    assert (first.stamp, first.sent, first.received, first.answered) == (2, 10, 30, True)
    np.testing.assert_array_equal(first.matches, matches)
    np.testing.assert_array_equal(first.features['size'], 3.5)
    assert second.stamp == 3 and not second.answered
    with Reader(tmp_path / 'bag') as reader:
        assert {connection.topic: connection.msgtype for connection in reader.connections} == {
            '/demo/features': 'sensor_msgs/msg/PointCloud2',
            '/demo/matches': 'sensor_msgs/msg/PointCloud2',
            '/demo/features_info': 'std_msgs/msg/String',
            '/demo/diagnostics': 'diagnostic_msgs/msg/DiagnosticArray',
            '/demo/image_sent': 'std_msgs/msg/Header'}


def test_drops_are_those_between_the_first_and_the_last_report(tmp_path):
    write_recording(tmp_path / 'bag', '/demo', [
        ('diagnostics', 1, report(slow=3, bad=1)), ('diagnostics', 3, report(slow=9, bad=1)),
        ('diagnostics', 2, report(slow=5, bad=1))])
    assert node_drops(tmp_path / 'bag') == {'slow': 6, 'bad': 0}


def test_without_reports_there_are_no_drops(tmp_path):
    write_recording(tmp_path / 'bag', '/demo', [(SENT, 10, sent_record(2))])
    assert node_drops(tmp_path / 'bag') == {}


def test_frames_without_an_answer_are_lost():
    assert lost(sequence()) == 1
    assert lost([Frame(1, 0, 5, np.zeros(0, KEYPOINT_ROW))]) == 1  # its matches are missing
    assert np.isnan(Frame(1, 0).latency_ms)


def test_pairs_are_the_matched_pixels():
    now, before = Frame(1, 0, matches=match_rows(3)).pairs()
    np.testing.assert_allclose((now - before)[0], [3, 0], atol=1e-4)
    assert [len(places) for places in Frame(1, 0).pairs()] == [0, 0]
