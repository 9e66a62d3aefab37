# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.rendered_scene import camera_path, pose

pytest.importorskip('evo', reason='evo is not installed')
from residual_features_ros.geometry.trajectory import Trajectory
from residual_features_ros.tools.evaluate_bag.evo_errors import similarity_errors

TRUE = Trajectory(np.arange(6) * 10**8, camera_path(6, 4))


def moved(scale, offset=0.0):
    poses = pose(3, -2, 1, 40, 20) @ TRUE.poses
    poses[:, :3, 3] *= scale
    poses[2, :3, 3] += scale * offset
    return Trajectory(TRUE.stamps_ns, poses)


def test_a_similarity_costs_nothing():
    np.testing.assert_allclose(similarity_errors(TRUE, moved(0.3)), 0, atol=1e-6)


def test_what_is_off_is_found():
    errors = similarity_errors(TRUE, moved(0.3, 0.1))
    assert errors.argmax() == 2 and 0.05 < errors[2] < 0.2


def test_a_camera_that_stands_is_aligned_with_the_first_place():
    still = Trajectory(TRUE.stamps_ns, np.repeat(TRUE.poses[:1], 6, 0))
    np.testing.assert_allclose(similarity_errors(still, still), 0, atol=1e-9)
