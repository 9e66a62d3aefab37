# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import pytest

from residual_features_ros.ros.pairing import StampPairs, pair_by_stamp


def message(stamp_ms):
    stamp = SimpleNamespace(sec=stamp_ms // 1000, nanosec=stamp_ms % 1000 * 10**6)
    return SimpleNamespace(header=SimpleNamespace(stamp=stamp), ms=stamp_ms)


def paired(arrivals, tolerance_s=0.0, queue=10):
    """Return the pairs of stamps that come of [('L', ms), ('R', ms), ...]."""
    pairs = []
    book = StampPairs(lambda left, right: pairs.append((left.ms, right.ms)), tolerance_s, queue)
    for side, ms in arrivals:
        book.add('LR'.index(side), message(ms))
    return pairs


def test_equal_stamps():
    assert paired([('L', 1), ('R', 1), ('R', 2), ('L', 2)]) == [(1, 1), (2, 2)]
    assert paired([('L', 1), ('L', 2), ('L', 3), ('R', 2), ('R', 3)]) == [(2, 2), (3, 3)]
    assert paired([('L', 1000), ('R', 1001), ('L', 2000)]) == []


def test_nearest_stamp_within_the_tolerance():
    assert paired([('L', 100), ('L', 130), ('R', 128)], 0.010) == [(130, 128)]
    assert paired([('L', 100), ('R', 111)], 0.010) == []
    assert paired([('L', 100), ('R', 110)], 0.010) == [(100, 110)]


def test_each_message_pairs_once():
    assert paired([('L', 100), ('R', 101), ('R', 102), ('L', 103)], 0.005) == [
        (100, 101), (103, 102)]


def test_the_queue_forgets_the_oldest():
    arrivals = [('L', ms) for ms in range(1, 6)] + [('R', 1), ('R', 4)]
    assert paired(arrivals, queue=2) == [(4, 4)]


@pytest.mark.parametrize('tolerance_s', [0.0, 0.01])
def test_whoever_pairs_gives_the_same(tolerance_s):
    pairs, told = [], []
    left, right = pair_by_stamp(lambda *sides: pairs.append([side.ms for side in sides]),
                                tolerance_s, 10, told.append)
    try:
        import message_filters  # noqa: F401
        from rclpy.time import Time  # noqa: F401
    except ImportError:
        assert 'message_filters is not installed' in told[0]
    else:
        pytest.skip('message_filters wants real messages; test_stereo_node has them')
    left(message(100))
    right(message(100))
    assert pairs == [[100, 100]]
