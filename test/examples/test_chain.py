# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros.examples.chain import KEPT, WORSE, Chain
from residual_features_ros.examples.frames import Matched
from residual_features_ros.geometry.relative_pose import Motion

NOTHING = np.zeros((0, 2))
FORWARD = Motion(np.eye(3), np.array([0.0, 0, -1]))  # what is ahead comes nearer
STEP = np.array([0.2**2] * 3 + [np.radians(1)**2] * 3)


@pytest.fixture
def chain():
    return Chain(np.eye(4), length=2.0, position_stddev=0.1, rotation_stddev_deg=1.0)


def add(chain, number, previous, motion=FORWARD, previous_ns=1):
    return chain.add(Matched(None, 0, previous_ns, NOTHING, NOTHING, NOTHING, number, previous),
                     motion)


def test_steps_and_their_variances_add_up(chain):
    for number in range(4):
        found = add(chain, number, number - 1, previous_ns=number or None)
        np.testing.assert_allclose(found.pose[:3, 3], [0, 0, 2 * number])
        np.testing.assert_allclose(found.covariance, np.diag(number * STEP).ravel())


def test_steps_from_one_keyframe_do_not_add_up(chain):
    add(chain, 0, None, previous_ns=None)
    for number in range(1, 4):
        found = add(chain, number, 0)
        np.testing.assert_allclose(found.pose[:3, 3], [0, 0, 2])
        np.testing.assert_allclose(found.covariance, np.diag(STEP).ravel())


@pytest.mark.parametrize(('previous', 'motion', 'previous_ns', 'z'), [
    (1, None, 1, 4),  # the motion before is repeated
    (None, FORWARD, 1, 4),  # from an image that is not known: it stood where the newest did
    (None, None, None, 2)])  # matched to none
def test_a_guess_is_less_certain(chain, previous, motion, previous_ns, z):
    add(chain, 0, None, previous_ns=None)
    add(chain, 1, 0)
    found = add(chain, 2, previous, motion, previous_ns)
    np.testing.assert_allclose(found.pose[:3, 3], [0, 0, z])
    np.testing.assert_allclose(found.covariance, np.diag((1 + WORSE**2) * STEP).ravel())


def test_after_a_reset_the_next_image_is_the_first(chain):
    add(chain, 0, None, previous_ns=None)
    add(chain, 1, 0)
    chain.reset()
    found = add(chain, 2, 1)
    assert (found.pose == np.eye(4)).all() and not found.covariance.any()
    np.testing.assert_allclose(add(chain, 3, 2).pose[:3, 3], [0, 0, 2])


def test_memory_is_bounded_and_a_keyframe_stays(chain):
    add(chain, 0, None, previous_ns=None)
    for number in range(1, 2 * KEPT):
        found = add(chain, number, 0)
    assert len(chain._odometry.poses) <= KEPT + 101 >= len(chain._variances)
    np.testing.assert_allclose(found.pose[:3, 3], [0, 0, 2])
