# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros import ExtractorConfig
from residual_features_ros.latency import JUDGED, MOST_PATIENCE, PATIENCE, LatencyController

CONFIG = ExtractorConfig(method='rootsift', max_keypoints=1000)


def feed(deadline, latency_ms, frames, limit_ms=50.0):
    """Return the levels after each change."""
    return [deadline.level for _ in range(frames) if deadline.note(latency_ms, limit_ms)]


def test_levels_cost_less_and_less_and_end():
    deadline = LatencyController()
    found = [deadline.limits(CONFIG)]
    assert feed(deadline, 80, 100) == [1, 2, 3, 4]
    deadline = LatencyController()
    for _ in range(4):
        feed(deadline, 80, JUDGED)
        found.append(deadline.limits(CONFIG))
    assert found == [(1000, -1), (700, -1), (500, -1), (500, 0), (300, 0)]


def test_a_method_without_sift_saves_keypoints_alone():
    deadline, config = LatencyController(), ExtractorConfig(method='orb', max_keypoints=1000)
    feed(deadline, 80, 100)
    assert deadline.limits(config) == (200, -1)
    assert deadline.words(config) == 'level 4: at most 200 keypoints'


def test_single_slow_frames_change_nothing():
    deadline = LatencyController()
    assert not any(deadline.note(500 if n % 4 == 0 else 40, 50) for n in range(200))


def test_a_level_is_taken_back_when_there_is_room_for_long_enough():
    deadline = LatencyController()
    feed(deadline, 80, JUDGED)
    assert feed(deadline, 45, 500) == []  # within the limit, but without room
    assert feed(deadline, 20, PATIENCE - 1) == []
    assert feed(deadline, 20, JUDGED) == [0]
    assert deadline.words(CONFIG) == 'nothing saved'


def test_going_back_too_soon_makes_it_more_patient():
    deadline, waits = LatencyController(), []
    feed(deadline, 80, JUDGED)
    for _ in range(9):
        frames = 0
        while deadline.level:
            frames += 1
            deadline.note(20, 50)
        waits.append(frames)
        while not deadline.level:
            deadline.note(80, 50)
    assert waits == sorted(waits) and waits[1] > 1.5 * waits[0]
    assert waits[-1] <= MOST_PATIENCE + JUDGED


def test_without_a_limit_everything_is_given():
    deadline = LatencyController()
    feed(deadline, 80, 100)
    assert deadline.words(CONFIG) == \
        'level 4: at most 300 keypoints, SIFT without its upsampled octave'
    assert feed(deadline, 80, 1, limit_ms=0) == [0]
    assert deadline.limits(CONFIG) == (1000, -1)


@pytest.mark.parametrize('count', [1, 2])
def test_a_keypoint_is_always_left(count):
    deadline = LatencyController()
    feed(deadline, 80, 100)
    assert deadline.limits(ExtractorConfig(max_keypoints=count))[0] == 1
