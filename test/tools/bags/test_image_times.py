# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Stamps that are 0, twice there, late or jump back: every image has its time, and it is told."""
from collections import Counter

import numpy as np
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from residual_features_ros.tools.bags import image_times as it
from residual_features_ros.tools.bags.image_times import ImageTimes
from residual_features_ros.tools.bags.rosbag import image_message

START, PERIOD = 10**18, 10**8


def order(stamps, bag_times=None, same=False):
    """Return the times, the numbers of the images in their order, counts, notes and jumps."""
    counts, notes, jumped = Counter(), [], set()
    bag_times = bag_times or [5 * START + i * PERIOD for i in range(len(stamps))]
    messages = [(time_ns, image_message(np.full((1, 4), 0 if same else i, np.uint8), stamp))
                for i, (time_ns, stamp) in enumerate(zip(bag_times, stamps, strict=True))]
    found = list(ImageTimes(counts, notes, jumped).ordered(iter(messages)))
    times = [time_ns for time_ns, _ in found]
    assert times == sorted(set(times))
    return times, [int(image.message.data[0]) for _, image in found], +counts, notes, jumped


def steady(*numbers):
    return [START + i * PERIOD for i in numbers]


def test_good_stamps_are_the_times():
    assert order(steady(*range(30))) == (steady(*range(30)), list(range(30)), Counter(), [], set())


@pytest.mark.parametrize('stamp', [0, START])
def test_stamps_that_are_all_the_same_are_the_clock_of_the_bag(stamp):
    times, numbers, counts, _, _ = order([stamp] * 30)
    assert numbers == list(range(30)) and np.diff(times).tolist() == [PERIOD] * 29
    assert counts == ({it.NO_STAMP: 30} if stamp == 0 else {it.SAME_STAMP: 29})


def test_bag_times_that_do_not_move_either_part_images_by_a_nanosecond():
    for stamp in (0, START):
        times, *_ = order([stamp] * 12, [START] * 12)
        assert times == [START + i for i in range(12)]


def test_an_image_without_a_stamp_is_between_its_neighbours():
    stamps = steady(*range(30))
    for i in (0, 7, 8, 29):
        stamps[i] = 0
    times, _, counts, _, _ = order(stamps)
    assert times == steady(*range(30)) and counts == {it.NO_STAMP: 4}


def test_a_simulation_begins_at_0():
    times, _, counts, _, _ = order([i * PERIOD for i in range(12)])
    assert times == [i * PERIOD for i in range(12)] and not counts


def test_an_image_that_is_there_twice_is_shown_once():
    times, _, counts, _, _ = order(steady(0, 1, 1, 2), same=True)
    assert times == steady(0, 1, 2) and counts == {it.TWICE: 1}


def test_stamps_of_every_other_image():
    times, numbers, counts, _, _ = order(steady(0, 0, 2, 2, 4, 4))
    assert times == steady(0, 1, 2, 3, 4, 5) and numbers == list(range(6))
    assert counts == {it.SAME_STAMP: 3}


@pytest.mark.parametrize('first', [steady(*range(15)) * 3,
                                   [*steady(*range(20)), *steady(*range(-900, -880))]])
def test_after_a_jump_back_the_times_go_on(first):
    times, numbers, counts, notes, jumped = order(first)
    assert numbers == list(range(len(first)))
    assert np.diff(times).tolist() == [PERIOD] * (len(first) - 1)
    length = 15 if len(first) == 45 else 20
    assert jumped == set(times[length:]) and counts == {it.JUMPED: len(first) - length}
    said, = notes
    assert 'the stamps jump back by' in said and 'no ground truth is looked up' in said


def test_a_few_late_images_are_no_jump():
    numbers = [0, 2, 1, 3, 4, 8, 5, 6, 7, *range(9, 30)]
    times, shown, counts, notes, jumped = order(steady(*numbers))
    assert times == steady(*range(30)) and [numbers[i] for i in shown] == list(range(30))
    assert counts == {it.REORDERED: 4} and not notes and not jumped


def test_images_that_are_far_too_late_are_counted():
    times, _, counts, _, _ = order(steady(*range(1, 20), 0, *range(20, 30)))
    assert times == steady(*range(1, 30)) and counts == {it.TOO_LATE: 1}
