# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import pytest

from residual_features_ros.ros.pairing import StampPairs


def message(stamp_ms, name=None):
    stamp = SimpleNamespace(sec=stamp_ms // 1000, nanosec=stamp_ms % 1000 * 10**6)
    return SimpleNamespace(header=SimpleNamespace(stamp=stamp), name=name or stamp_ms)


def paired(arrivals, tolerance_s=0.0, queue=10, singles=None):
    """Return the pairs of names that come of [('L', ms), ('R', ms, name), ...]."""
    pairs = []
    book = StampPairs(lambda left, right: pairs.append((left.name, right.name)), tolerance_s,
                      queue, (singles if singles is not None else []).append)
    for side, *words in arrivals:
        book.add('LR'.index(side), message(*words))
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


LOOP = list(range(1000, 1010))


def in_turn(stamps, lag):
    """Return the arrivals where the right side's messages come some places behind the left's."""
    return [pair for place in range(len(stamps) + lag) for pair in (
        [('L', stamps[place])] if place < len(stamps) else [])
        + ([('R', stamps[place - lag])] if place >= lag else [])]


@pytest.mark.parametrize('tolerance_s', [0.0, 0.0004])
@pytest.mark.parametrize('lag', [0, 1, 3])
def test_a_bag_loop_loses_no_pair(tolerance_s, lag):
    """Three rounds."""
    stamps = LOOP * 3
    assert paired(in_turn(stamps, lag), tolerance_s) == [(ms, ms) for ms in stamps]


@pytest.mark.parametrize('tolerance_s', [0.0, 0.010])
@pytest.mark.parametrize('lag', [0, 1, 9])
@pytest.mark.parametrize('period_ms', [1, 33])
def test_time_that_runs_backwards_loses_no_pair(tolerance_s, lag, period_ms):
    """As with a bag that is played backwards: each stamp lies before the one before."""
    stamps = [1000 + period_ms * place for place in range(30)][::-1]
    singles = []
    pairs = paired(in_turn(stamps, lag), tolerance_s, singles=singles)
    if period_ms > 1000 * tolerance_s:  # else a neighbour is as good a partner
        assert pairs == [(ms, ms) for ms in stamps]
    assert len(pairs) == 30 and not singles


def test_a_bag_loop_after_a_message_was_lost():
    """The queue is full of what waits from before; what is new must not be forgotten for it."""
    waiting = [('L', ms) for ms in LOOP]
    again = [pair for ms in LOOP[:5] for pair in (('L', ms, f'new {ms}'), ('R', ms, f'R {ms}'))]
    assert paired(waiting + again, queue=10) == [(f'new {ms}', f'R {ms}') for ms in LOOP[:5]]


def test_stamps_that_stay_pair_in_the_order_of_arrival():
    arrivals = [(side, 0, f'{side}{number}') for number in range(4) for side in 'LR']
    assert paired(arrivals) == [(f'L{number}', f'R{number}') for number in range(4)]
    del arrivals[3]  # R1 is lost: L1 must not wait for R2
    assert paired(arrivals) == [('L0', 'R0'), ('L2', 'R2'), ('L3', 'R3')]


def test_what_finds_no_partner_is_told_with_the_distance_of_the_nearest():
    singles = []
    apart = [pair for ms in range(0, 1000, 100) for pair in (('L', ms), ('R', ms + 10))]
    assert paired(apart, queue=2, singles=singles) == []
    assert len(singles) == 16 and set(singles) == {0.01}


def test_one_side_alone_is_told():
    singles = []
    assert paired([('L', ms) for ms in range(5)], queue=2, singles=singles) == []
    assert singles == [None] * 3


def test_what_came_before_a_pair_is_told():
    singles = []
    assert paired([('L', 1), ('L', 2), ('R', 2)], singles=singles) == [(2, 2)]
    assert singles == [0.001]
