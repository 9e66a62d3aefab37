# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

pytest.importorskip('gtsam', reason='gtsam is not installed')
from support.rendered_scene import MATRIX, points, pose

from residual_features_ros.examples.slam.bundle import adjust, close_loop
from residual_features_ros.examples.slam.world import NO_POINT, Keyframe, View, World
from residual_features_ros.geometry.pose import inverse, rotation_error_deg
from residual_features_ros.geometry.triangulation import project

POSES = [pose(0.3 * k, 0, 0.1 * k, 2 * k) for k in range(4)]
SPACE = points(80)


@pytest.fixture
def world():
    """Return a map whose newest two poses, and whose points, are somewhat off."""
    rng, made = np.random.default_rng(0), World()
    made.add_points(SPACE + rng.normal(scale=0.05, size=SPACE.shape),
                    np.zeros((len(SPACE), 1), np.uint8))
    for number, at in enumerate(POSES):
        pixels = project(SPACE, at, MATRIX)[0]
        if number == 3:
            pixels[7] += 40  # a wrong match
        off = pose(0.05, 0.03, 0, 0.5) if number > 1 else np.eye(4)
        view = View(number, pixels, np.zeros((len(SPACE), 1), np.uint8), np.ones(len(SPACE)))
        made.add_keyframe(Keyframe(number, view, at @ off, np.arange(len(SPACE))))
    return made


def test_poses_and_points_come_to_where_they_are(world):
    assert adjust(world, [world.keyframes[2], world.keyframes[3]], MATRIX, 2.5)
    for number, true in enumerate(POSES):
        found = world.keyframes[number].pose
        assert np.linalg.norm(found[:3, 3] - true[:3, 3]) < 0.015
        assert rotation_error_deg(found[:3, :3], true[:3, :3]) < 0.1
    np.testing.assert_allclose(np.delete(world.positions, 7, 0), np.delete(SPACE, 7, 0), rtol=0.02,
                               atol=0.03)
    assert world.keyframes[3].points[7] == NO_POINT
    assert sum((f.points == NO_POINT).sum() for f in world.keyframes.values()) == 1


def test_other_keyframes_stay(world):
    before = [world.keyframes[number].pose.copy() for number in (0, 1)]
    adjust(world, [world.keyframes[2], world.keyframes[3]], MATRIX, 2.5)
    np.testing.assert_array_equal([world.keyframes[n].pose for n in (0, 1)], before)


def test_a_loop_spreads_drift_of_place_and_scale():
    true = [pose(np.sin(a), 0, np.cos(a), np.degrees(a)) for a in np.linspace(0, 2 * np.pi, 21)]
    scales = 1.02 ** np.arange(21)
    drifted, edges = {0: true[0]}, []
    for k in range(20):
        step = inverse(true[k]) @ true[k + 1]
        step[:3, 3] *= scales[k]
        drifted[k + 1] = drifted[k] @ step
        edges.append((k, k + 1, step, 1.0))
    edges.append((0, 20, inverse(true[0]) @ true[20], 1 / scales[20]))
    found = close_loop(drifted, edges, 0)
    gap = np.linalg.norm(drifted[20][:3, 3] - true[20][:3, 3])
    assert np.linalg.norm(found[20][0][:3, 3] - true[20][:3, 3]) < 0.05 * gap
    np.testing.assert_allclose(found[0][0], true[0], atol=1e-3)
    assert found[20][1] == pytest.approx(1 / scales[20], rel=0.05)
    assert found[20][1] < found[10][1] < found[0][1]
