# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The stereo node as a process of its own, over real DDS."""
import itertools
import time
from contextlib import contextmanager

import numpy as np
import pytest
from support.image_messages import ros_image
from support.node_answers import latched_info
from support.pictures import textured

pytest.importorskip('rclpy', reason='rclpy is not installed')

from diagnostic_msgs.msg import DiagnosticArray
from sensor_msgs.msg import Image, PointCloud2

from residual_features_ros.keypoints.table import SIFT_LEVELS
from residual_features_ros.levels import levels_of
from residual_features_ros.ros.conversions import message_to_rows

DISPARITY_PX = 12


def images(stamp_sec, right_nanosec=0):
    """Return the two images of a plane that is parallel to the rectified pair."""
    wide = textured(320 + DISPARITY_PX, 240)
    sides = {'left': wide[:, :320], 'right': wide[:, DISPARITY_PX:]}
    return [ros_image(image, 'bgr8', side, (stamp_sec, nanosec))
            for (side, image), nanosec in zip(sides.items(), (0, right_nanosec), strict=True)]


@pytest.mark.parametrize('tolerance_s, right_nanosec', [(0.0, 0), (0.01, 4_000_000)])
def test_pairs_become_features_and_matches(probe, start_node, stop_node, tolerance_s,
                                           right_nanosec):
    name = f'/stereo_{right_nanosec}'
    process = start_node('stereo_node', name, method='rootsift', image_qos='default',
                         stamp_tolerance_s=tolerance_s)
    with probe.listen(PointCloud2, f'{name}/left/features') as left_features, \
            probe.listen(PointCloud2, f'{name}/right/features') as right_features, \
            probe.listen(PointCloud2, f'{name}/stereo_matches') as matches, \
            probe.publisher(Image, f'{name}/left/image_raw') as left, \
            probe.publisher(Image, f'{name}/right/image_raw') as right:
        stamp, next_time = 0, 0.0

        def whole_answer():
            nonlocal stamp, next_time
            if time.monotonic() > next_time:  # the node may not have found us yet: again
                stamp, next_time = stamp + 1, time.monotonic() + 2
                for publisher, image in zip((left, right), images(stamp, right_nanosec),
                                            strict=True):
                    publisher.publish(image)
            for of_left in left_features:
                group = [of_left, *(m for heard in (right_features, matches) for m in heard
                                    if m.header.stamp.sec == of_left.header.stamp.sec)]
                if len(group) == 3:
                    return group
            return None

        of_left, of_right, pairs = probe.wait_for(whole_answer, 'features and matches')
    assert (of_left.header.frame_id, of_right.header.frame_id) == ('left', 'right')
    assert of_right.header.stamp.nanosec == right_nanosec
    assert pairs.header == of_left.header
    rows = message_to_rows(pairs)
    places, right_places = message_to_rows(of_left), message_to_rows(of_right)
    assert len(rows) > 100
    for found in (places, right_places):
        np.testing.assert_array_equal(found['level'], levels_of(found['size'], SIFT_LEVELS))
    np.testing.assert_array_equal(rows['x'], places['x'][rows['index']])
    np.testing.assert_array_equal(rows['prev_x'], right_places['x'][rows['prev_index']])
    assert abs(np.median(rows['x'] - rows['prev_x']) - DISPARITY_PX) < 0.1
    assert np.abs(rows['y'] - rows['prev_y']).max() <= 2.0
    assert set(rows['id'].tolist()) == {-1}
    assert set(rows['prev_stamp_nanosec'].tolist()) == {right_nanosec}
    code, log = stop_node(process)
    assert code == 0 and 'Traceback' not in log


@contextmanager
def running(probe, start_node, name, **parameters):
    """Start a node of which stereo_matches are heard; give a function that shows it a pair."""
    process = start_node('stereo_node', name, method='orb', image_qos='default', **parameters)
    with probe.listen(PointCloud2, f'{name}/stereo_matches') as heard, \
            probe.publisher(Image, f'{name}/left/image_raw') as left, \
            probe.publisher(Image, f'{name}/right/image_raw') as right:
        def show(*stamp):
            for publisher, image in zip((left, right), images(*stamp), strict=True):
                publisher.publish(image)
        yield process, heard, show


def test_a_bag_loop_loses_no_pair(probe, start_node, stop_node):
    """Twice ten pairs; with the smallest stamp forgotten first each of the second ten was lost."""
    with running(probe, start_node, '/looping', pairing_queue=5) as (process, heard, show):
        probe.wait_for(lambda: heard or show(1), 'the first pair')
        for second in [*range(100, 110), *range(100, 110)]:
            del heard[:]
            show(second)
            matches = probe.wait_for(lambda n=second: next(
                (m for m in heard if m.header.stamp.sec == n), None), f'matches of {second}')
            assert matches.width > 100
    code, log = stop_node(process)
    assert code == 0 and '/left/image_raw: stamp went back from 109.' in log


def test_features_info_names_the_matcher(probe, start_node, stop_node):
    with running(probe, start_node, '/told') as (process, _, _):
        info = latched_info(probe, '/told')
    assert (info['matcher'], info['matcher_fallback'], info['matcher_network']) == (
        'stereo_rectified', None, None)
    assert 'matcher stereo_rectified\n' in stop_node(process)[1]


def test_stamps_that_lie_apart_are_told(probe, start_node, stop_node):
    with running(probe, start_node, '/apart', stamp_tolerance_s=0.002) as (process, heard, show), \
            probe.listen(DiagnosticArray, '/diagnostics') as reports:
        def told():
            show(next(seconds), 10_000_000)
            return next((status for message in reports for status in message.status
                         if status.name.startswith('/apart/') and status.level == b'\x01'), None)

        seconds = itertools.count(1)
        status = probe.wait_for(told, 'a warning')
        assert 'the nearest stamp of the other side is 10 ms away' in status.message
        assert 'stamp_tolerance_s is 0.002' in status.message
        assert status.hardware_id == 'left, right' and not heard
        values = {pair.key: pair.value for pair in status.values}
        assert int(values['drops: no partner']) > 0
    code, log = stop_node(process)
    assert code == 0 and 'an image found no partner' in log


def test_pairs_that_overlap_keep_their_order_and_bytes(probe, start_node, stop_node):
    """As many at once as are in work, and one that waits."""
    found = []
    for workers in (1, 2):
        name = f'/overlapping_{workers}'
        with running(probe, start_node, name, workers=workers) as (process, heard, show):
            probe.wait_for(lambda heard=heard, show=show: heard or show(1), 'the first pair')
            show(2)
            probe.wait_for(lambda heard=heard: heard[-1].header.stamp.sec == 2, 'quiet')
            for begin in range(100, 112, workers + 1):
                for second in range(begin, begin + workers + 1):
                    show(second)
                probe.wait_for(lambda heard=heard, last=second:
                               heard[-1].header.stamp.sec == last, f'matches of {second}')
        assert stop_node(process)[0] == 0
        found.append([(message.header.stamp.sec, bytes(message.data)) for message in heard
                      if message.header.stamp.sec >= 100])
    assert [second for second, _ in found[0]] == list(range(100, 112))
    assert found[0] == found[1]
