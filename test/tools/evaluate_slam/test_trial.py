# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.slam_scene import CAMERA, RADIUS, image, nothing, pose

from residual_features_ros.tools.evaluate_slam.trial import (
    NEVER,
    Seen,
    black_images,
    run_trial,
)

SECOND = 10**9


def test_the_middle_is_black():
    stamps = [SECOND + k * SECOND // 10 for k in range(41)]
    assert black_images(stamps, 1.0) == range(16, 25) and not black_images(stamps, 0)
    assert black_images(stamps, 100) == range(1, 40)  # the first and the last stay
    assert not black_images([0, 1], 5)


@pytest.fixture(scope='module')
def turn():
    """Return what is seen of 20 images, the last ones where the first were."""
    pytest.importorskip('gtsam', reason='gtsam is not installed')
    pytest.importorskip('evo', reason='evo is not installed')
    seen = []
    for k, place in enumerate([*range(12), *range(10, 2, -1)]):
        _, features, words = image(place)
        seen.append(Seen((k + 1) * SECOND // 10, features, words, pose(place)))
    return seen


def test_a_run_in_the_light(turn):
    found = run_trial('orb', turn, nothing(), CAMERA, 0)
    assert found.posed == found.images == 20 and found.relocalised is None
    assert found.ate < 0.01 * RADIUS and np.isnan(found.ate_after) and found.keyframes > 2


def test_black_images_are_counted_until_the_camera_is_found(turn):
    found = run_trial('orb', turn, nothing(), CAMERA, 0, 0.3)
    assert found.images == 18 == found.posed and found.relocalised == 1
    assert found.ate < 0.02 * RADIUS > found.ate_after


def test_a_camera_that_is_not_found(turn):
    elsewhere = [*turn[:9], *[Seen(seen.stamp_ns, *image(35 + k)[1:], pose(35 + k))
                               for k, seen in enumerate(turn[9:])]]
    found = run_trial('orb', elsewhere, nothing(), CAMERA, 0, 0.3)
    assert found.relocalised == NEVER and np.isnan(found.ate_after)
