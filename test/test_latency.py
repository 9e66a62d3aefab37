# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import pytest

from residual_features_ros import ExtractorConfig
from residual_features_ros.latency import JUDGED, MOST_PATIENCE, PATIENCE, LatencyController

CONFIG = ExtractorConfig(method='rootsift', max_keypoints=1000)


def feed(controller, latency_ms, frames, limit_ms=50.0):
    """Return the levels after each change."""
    return [controller.level for _ in range(frames) if controller.note(latency_ms, limit_ms)]


def limits(controller, config):
    limited = controller.limited(config)
    assert dataclasses.replace(limited, max_keypoints=config.max_keypoints,
                               sift_first_octave=config.sift_first_octave) == config
    return limited.max_keypoints, limited.sift_first_octave


def test_levels_cost_less_and_less_and_end():
    controller = LatencyController()
    found = [limits(controller, CONFIG)]
    assert feed(controller, 80, 100) == [1, 2, 3, 4]
    controller = LatencyController()
    for _ in range(4):
        feed(controller, 80, JUDGED)
        found.append(limits(controller, CONFIG))
    assert found == [(1000, -1), (700, -1), (500, -1), (500, 0), (300, 0)]


@pytest.mark.parametrize('method', ['sift', 'cnn_sift_half', 'residual_rootsift_upright_small'])
def test_whatever_stands_on_sift_leaves_its_octave_out(method):
    controller, config = LatencyController(), ExtractorConfig(method=method, max_keypoints=1000)
    feed(controller, 80, 100)
    assert limits(controller, config) == (300, 0)


def test_a_whole_network_keeps_the_octaves_that_it_was_made_with():
    controller = LatencyController()
    config = ExtractorConfig(method='residual_rootsift_small', front_end='whole')
    feed(controller, 80, 100)
    assert limits(controller, config) == (200, -1)


@pytest.mark.parametrize('method', ['orb', 'surf', 'residual_orb_small', 'superpoint'])
def test_a_method_without_sift_saves_keypoints_alone(method):
    controller, config = LatencyController(), ExtractorConfig(method=method, max_keypoints=1000)
    feed(controller, 80, 100)
    assert limits(controller, config) == (200, -1)
    assert controller.words(config) == 'level 4: at most 200 keypoints'


def test_single_slow_frames_change_nothing():
    controller = LatencyController()
    assert not any(controller.note(500 if n % 4 == 0 else 40, 50) for n in range(200))


def test_images_of_another_level_do_not_count():
    """Those that were in work when the level changed."""
    controller = LatencyController()
    assert feed(controller, 80, JUDGED) == [1]
    assert not any(controller.note(500, 50, level=0) for _ in range(3 * JUDGED))
    assert not any(controller.note(45, 50, level=1) for _ in range(3 * JUDGED))
    assert sum(controller.note(80, 50, level=1) for _ in range(JUDGED)) == 1
    assert controller.note(500, 0, level=0) and controller.level == 0  # no limit any more


def test_a_level_is_taken_back_when_there_is_room_for_long_enough():
    controller = LatencyController()
    feed(controller, 80, JUDGED)
    assert feed(controller, 45, 500) == []  # within the limit, but without room
    assert feed(controller, 20, PATIENCE - 1) == []
    assert feed(controller, 20, JUDGED) == [0]
    assert controller.words(CONFIG) == 'nothing saved'


def test_going_back_too_soon_makes_it_more_patient():
    controller, waits = LatencyController(), []
    feed(controller, 80, JUDGED)
    for _ in range(9):
        frames = 0
        while controller.level:
            frames += 1
            controller.note(20, 50)
        waits.append(frames)
        while not controller.level:
            controller.note(80, 50)
    assert waits == sorted(waits) and waits[1] > 1.5 * waits[0]
    assert waits[-1] <= MOST_PATIENCE + JUDGED


def test_without_a_limit_everything_is_given():
    controller = LatencyController()
    feed(controller, 80, 100)
    assert controller.words(CONFIG) == \
        'level 4: at most 300 keypoints, SIFT without its upsampled octave'
    assert feed(controller, 80, 1, limit_ms=0) == [0]
    assert limits(controller, CONFIG) == (1000, -1)


@pytest.mark.parametrize('count', [1, 2])
def test_a_keypoint_is_always_left(count):
    controller = LatencyController()
    feed(controller, 80, 100)
    assert limits(controller, ExtractorConfig(max_keypoints=count))[0] == 1
