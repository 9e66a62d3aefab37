# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.joined_messages import features, matches

from residual_features_ros.errors import ConversionError
from residual_features_ros.examples.frames import KEPT, Join
from residual_features_ros.ros.conversions import MATCH_ROW


def pair(join, stamp, previous, places, before, pairs):
    """Hand over both messages of an image; return what they join to."""
    assert join.add_features(features(stamp, places)) is None
    return join.add_matches(matches(stamp, previous, places, before, pairs))


def test_an_image_is_complete_with_both_messages_in_any_order():
    join = Join()
    first = pair(join, (1, 5), (0, 0), [(1, 2), (3, 4)], [], [])
    assert first.previous_ns is None and len(first.now) == 0 and first.number == 0
    assert join.add_matches(matches((2, 5), (1, 5), [(5, 6)], [(1, 2), (3, 4)], [(0, 1)])) is None
    second = join.add_features(features((2, 5), [(5, 6)]))
    assert (second.stamp_ns, second.previous_ns) == (2 * 10**9 + 5, 10**9 + 5)
    assert second.now.tolist() == [[5, 6]] and second.before.tolist() == [[3, 4]]
    assert (second.number, second.previous) == (1, 0)
    assert not second.restart and not second.repeats_stamp and join.incomplete == 0


def test_pixels_of_an_image_that_is_lost_come_from_the_matches():
    found = pair(Join(), (2, 5), (1, 5), [(5, 6)], [(7, 8)], [(0, 0)])
    assert found.before.tolist() == [[7, 8]]
    assert found.previous is None and found.previous_ns == 10**9 + 5


@pytest.mark.parametrize('stamp', [(0, 0), (7, 5)])
@pytest.mark.parametrize('matches_first', [False, True])
def test_images_of_one_stamp_are_told_apart_by_their_pixels(stamp, matches_first):
    join, found = Join(), []
    places = [[(10 + 6 * i, 20 + j) for j in range(3 + i % 2)] for i in range(5)]
    for i in range(5):
        pairs = [(j, j) for j in range(3)] if i else []
        calls = [(join.add_features, features(stamp, places[i])),
                 (join.add_matches, matches(stamp, stamp, places[i], places[i - 1], pairs))]
        answers = [add(message) for add, message in (calls[::-1] if matches_first else calls)]
        assert answers[0] is None
        found.append(answers[1])
    assert [image.previous for image in found] == [None, 0, 1, 2, 3]
    assert [image.repeats_stamp for image in found] == [False] + [True] * 4
    assert all((image.now - image.before == [6, 0]).all() for image in found)
    assert not any(image.restart for image in found) and join.incomplete == 0


def test_a_lost_message_among_images_of_one_stamp_costs_that_image_alone():
    join = Join()
    pair(join, (0, 0), (0, 0), [(1, 1)], [], [])
    join.add_features(features((0, 0), [(2, 1)]))  # its matches never come
    found = pair(join, (0, 0), (0, 0), [(3, 1)], [(2, 1)], [(0, 0)])
    assert found.now.tolist() == [[3, 1]] and found.previous is None and join.incomplete == 1
    assert pair(join, (0, 0), (0, 0), [(4, 1)], [(3, 1)], [(0, 0)]).previous == 1


def test_a_bag_that_begins_anew_is_told_and_not_mixed_with_what_came_before():
    join = Join()
    for i in range(3):
        pair(join, (i, 5), (i - 1, 5), [(i, 1)], [(i - 1, 1)], [(0, 0)] if i else [])
    again = pair(join, (0, 5), (0, 5), [(9, 1)], [], [])
    assert again.restart == 'the stamp went back from 2.000000005 s to 0.000000005 s'
    after = pair(join, (1, 5), (0, 5), [(8, 1)], [(9, 1)], [(0, 0)])
    assert (after.number, after.previous, after.restart) == (4, 3, '')


def test_another_camera_is_told():
    join = Join()
    pair(join, (1, 0), (0, 0), [(1, 1)], [], [])
    join.add_features(features((2, 0), [(1, 1)], 'right'))
    found = join.add_matches(matches((2, 0), (2, 0), [(1, 1)], [], [], 'right'))
    assert found.restart == "frame_id changed from 'camera' to 'right'"


def test_a_keyframe_is_known_however_long_it_stays():
    join = Join()
    pair(join, (1, 0), (0, 0), [(1, 1)], [], [])
    for i in range(2, 3 * KEPT):
        found = pair(join, (i, 0), (1, 0), [(i, 1)], [(1, 1)], [(0, 0)])
        assert found.previous == 0


def test_what_never_completes_is_forgotten_and_counted():
    join = Join()
    for sec in range(KEPT + 3):
        join.add_features(features((sec, 5), [(0, 0)]))
    assert join.incomplete == 3


@pytest.mark.parametrize('field', ['x', 'index', 'prev_x', 'prev_stamp_sec'])
def test_a_message_that_lacks_a_field_names_it(field):
    message = matches((1, 0), (0, 0), [(1, 1)], [(1, 1)], [(0, 0)])
    message.fields = [kept for kept in message.fields if kept.name != field]
    with pytest.raises(ConversionError, match=f'no field {field}'):
        Join().add_matches(message)


def test_matches_recorded_before_they_had_confidences_are_taken():
    join, message = Join(), matches((1, 0), (0, 0), [(1, 1)], [(1, 1)], [(0, 0)])
    message.fields = [kept for kept in message.fields if kept.name != 'confidence']
    join.add_features(features((1, 0), [(1, 1)]))
    assert join.add_matches(message).now.tolist() == [[1, 1]]


def test_pixels_that_are_not_finite_are_refused():
    with pytest.raises(ConversionError, match='not finite'):
        Join().add_matches(matches((1, 0), (0, 0), [(1, 1)], [(np.nan, 1)], [(0, 0)]))


@pytest.mark.parametrize('index', [-1, 1, 2**30])
def test_an_index_outside_the_features_joins_nothing(index):
    join = Join()
    join.add_features(features((1, 0), [(5, 5)]))
    message = matches((1, 0), (0, 0), [(5, 5)], [(1, 1)], [(0, 0)])
    rows = np.frombuffer(message.data, MATCH_ROW).copy()
    rows['index'] = index
    message.data = rows.tobytes()
    assert join.add_matches(message) is None
