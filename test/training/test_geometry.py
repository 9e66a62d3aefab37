# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""torch's geometry agrees with numpy's, which has tests of its own."""
import cv2
import numpy as np
import torch
from support.posed_trees import HEIGHT, WIDTH, wall_view

from residual_features_ros.geometry.epipolar import fundamental
from residual_features_ros.geometry.homography import inside, transform
from residual_features_ros.geometry.pose import pose_matrix, relative_pose
from residual_features_ros.sampling import sample as numpy_sample
from training import geometry
from training.data import correspondence
from training.data.rgbd_views import NOWHERE, reproject

HOMOGRAPHY = np.array([[1.1, 0.2, -5], [-0.1, 0.9, 7], [1e-3, -2e-3, 1]])


def batched(*arrays):
    found = [torch.from_numpy(np.asarray(array, np.float64))[None] for array in arrays]
    return found if len(found) > 1 else found[0]


def two_views():
    """Return two views of a wall with a box before it, and what carry() takes of them."""
    views = wall_view(0.0), wall_view(0.5, 12.0)
    views[0].depth[40:60, 50:80] = 2.5
    views[1].depth[30:50, 60:90] = 2.5
    views[0].depth[100:110] = 0
    views[1].depth[:, 20:30] = 0
    return views, (*batched(np.stack([view.depth for view in views]),
                            np.stack([view.K for view in views]),
                            pose_matrix(*relative_pose(*views))),)


def test_maps_are_sampled_alike(rng):
    dense, points = rng.standard_normal((5, 6, 9)), rng.uniform(-20, 100, (200, 2))
    for stride in (4, 8):
        found = geometry.sample(*batched(dense, points), stride)[0]
        np.testing.assert_allclose(found, numpy_sample(dense, points, stride), atol=1e-9)
    centres = geometry.cell_centres(6, 9, 4)
    read = geometry.sample(batched(dense), centres[None].double(), 4)[0]
    np.testing.assert_allclose(read, dense.reshape(5, -1).T, atol=1e-9)


def test_points_are_warped_alike(rng):
    points = rng.uniform(0, 200, (50, 2))
    found = geometry.warp_points(*batched(points, HOMOGRAPHY))[0]
    np.testing.assert_allclose(found, transform(points, HOMOGRAPHY), atol=1e-9)
    np.testing.assert_array_equal(geometry.inside(found, (WIDTH, HEIGHT)),
                                  inside(found.numpy(), (WIDTH, HEIGHT)))
    assert (geometry.warp_points(*batched([[5.0, 600.0]], HOMOGRAPHY)) == geometry.BEHIND).all()


def test_images_are_warped_alike():
    view = wall_view(0.0)
    image = torch.from_numpy(view.image).permute(2, 0, 1)[None].double()
    found = geometry.warp_image(image, batched(HOMOGRAPHY), (120, 90))[0].permute(1, 2, 0)
    expected = cv2.warpPerspective(view.image.astype(np.float64), HOMOGRAPHY, (120, 90),
                                   flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    assert np.abs(found.numpy() - expected)[2:-2, 2:-2].max() < 6  # OpenCV's steps are 1 / 32 px


def test_depth_and_pose_carry_alike(rng):
    (first, second), (depth, K, pose) = two_views()
    points = np.c_[rng.uniform(-3, WIDTH + 3, 500), rng.uniform(-3, HEIGHT + 3, 500)]
    at = first.depth_at(points)
    np.testing.assert_array_equal(geometry.depth_at(depth[:, 0], batched(points))[0], at)
    places, distance = geometry.reproject(batched(points), batched(at), K, pose)
    expected, expected_distance = reproject(points, at, first, second)
    known = at > 0
    np.testing.assert_allclose(places[0][known], expected[known], atol=1e-6)
    np.testing.assert_allclose(distance[0][known], expected_distance[known], atol=1e-9)
    rows = np.c_[points, np.ones((500, 2))]
    moved, seen, unknown = correspondence.carry(rows, first, second)
    ours = geometry.carry(batched(points), depth, K, pose)
    np.testing.assert_array_equal(ours[1][0], seen)
    np.testing.assert_array_equal(ours[2][0], unknown)
    np.testing.assert_allclose(ours[0][0][seen], moved[seen, :2], atol=1e-6)
    assert 100 < seen.sum() < 450 and unknown.sum() > 50 and geometry.BEHIND == NOWHERE
    back = geometry.reproject(ours[0][:, seen], batched(distance[0][seen]),
                              *geometry.swapped(K, pose))[0]
    np.testing.assert_allclose(back[0], points[seen], atol=1e-6)


def test_places_lie_on_epipolar_lines(rng):
    (first, second), (_, K, pose) = two_views()
    points = batched(np.c_[rng.uniform(0, WIDTH, 60), rng.uniform(0, HEIGHT, 60)])
    places = geometry.reproject(points, batched(rng.uniform(1, 9, 60)), K, pose)[0]
    F = batched(fundamental(first.K, second.K, *relative_pose(first, second)))
    assert geometry.epipolar_distances(points, places, F).max() < 1e-6
    assert geometry.epipolar_distances(places, points, F.transpose(1, 2)).max() < 1e-6
    lines = geometry.epipolar_lines(points, F)
    away = places + 3 * lines[..., :2]
    torch.testing.assert_close(geometry.epipolar_distances(points, away, F),
                               torch.full((1, 60), 3.0).double())


def test_gradients_are_finite_behind_the_camera():
    points = torch.tensor([[[5.0, 600.0], [3.0, 4.0]]], requires_grad=True)
    moved = geometry.warp_points(points, torch.from_numpy(HOMOGRAPHY).float()[None])
    moved.sum().backward()
    assert points.grad.isfinite().all() and (points.grad[0, 0] == 0).all()
