# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros.geometry.homography import transform
from training.config import override
from training.methods.superpoint.config import ViewConfig
from training.methods.superpoint.data import Drawings, LabelledPairs, cells
from training.methods.superpoint.labels import LabelFolder, fitted
from training.methods.superpoint.recipe import create
from training.methods.superpoint.validation import average_precision, corners_of
from training.methods.superpoint.views import random_view, truncated_normal

WHOLE = np.ones((16, 24), bool)


def test_a_cell_says_which_of_its_pixels_has_the_point(rng):
    points = np.array([[0.4, 0.4], [23.0, 9.4], [24.2, 3], [-1, 5], [1e6, 1e6]])
    found = cells(rng, points, WHOLE)
    assert found.tolist() == [[0, 64, 64], [64, 64, 8 * 1 + 7]]


def test_a_cell_that_is_not_wholly_shown_does_not_count(rng):
    valid = WHOLE.copy()
    valid[7, 8] = False
    assert cells(rng, np.array([[10.0, 2]]), valid).tolist() == [[64, -1, 64], [64, 64, 64]]


def test_of_several_points_in_a_cell_a_random_one_is_taken():
    points = np.array([[1.0, 0], [2, 0], [20, 0]])
    found = [cells(np.random.default_rng(seed), points, WHOLE)[0] for seed in range(60)]
    assert {row[2] for row in found} == {4}
    assert 15 < sum(row[0] == 1 for row in found) < 45
    assert {row[0] for row in found} == {1, 2}


def test_cells_and_their_corners_are_each_others_inverse(rng):
    points = np.array([[3, 2], [12, 9], [23, 15]])
    found = corners_of(cells(rng, points, WHOLE))
    assert sorted(found.tolist()) == points.tolist()


def test_a_view_without_deformation_is_moved_within_the_free_room(rng):
    config = ViewConfig(perspective=0, scale=0, rotation_deg=0)
    moves = []
    for _ in range(200):
        view = random_view(rng, (320, 240), config)
        np.testing.assert_allclose(view[:2, :2], np.eye(2), atol=1e-4)
        np.testing.assert_allclose(view[2], [0, 0, 1], atol=1e-6)
        moves.append(view[:2, 2])
    reach = 0.075 * np.array([320, 240])  # half of what a patch of 0.85 leaves
    assert (np.abs(moves) <= reach + 1e-3).all() and (np.abs(moves).max(0) > 0.9 * reach).all()


def test_views_turn_by_25_angles_about_the_patch(rng):
    config = ViewConfig(perspective=0, scale=0)
    angles = set()
    for _ in range(400):
        view = random_view(rng, (320, 240), config)
        np.testing.assert_allclose(view[:2, :2] @ view[:2, :2].T, np.eye(2), atol=1e-4)
        angles.add(round(float(np.degrees(np.arctan2(view[1, 0], view[0, 0]))), 1))
    assert angles == {round(float(angle), 1) for angle in np.linspace(-90, 90, 25)}


def test_normal_draws_are_truncated_at_two_deviations(rng):
    drawn = np.array([truncated_normal(rng, 0.1) for _ in range(3000)])
    assert np.abs(drawn).max() <= 0.2
    assert abs(drawn.mean()) < 0.01 and drawn.std() == pytest.approx(0.088, abs=0.004)


@pytest.fixture
def config(photographs):
    return override(create('superpoint', 'short'), [
        f'data.images={photographs}', 'data.size=(96, 64)', 'drawing_size=(96, 64)',
        'labels.size=(128, 96)'])


def test_a_drawings_cells_follow_its_corners_through_the_warp(config):
    drawings = Drawings(config, 5, 40)
    found = [drawings[number] for number in range(40)]
    assert all(item['image'].shape == (64, 96) and item['cells'].shape == (8, 12)
               for item in found)
    values = np.concatenate([item['cells'].ravel() for item in found])
    assert values.min() == -1 and values.max() == 64
    assert 0.005 < ((values >= 0) & (values < 64)).mean() < 0.2
    again = Drawings(config, 5, 40)[7]
    assert all(np.array_equal(again[name], found[7][name]) for name in again)


class FixedLabels(LabelFolder):
    """Points of a photograph that need no detector."""

    def read(self, grey):
        assert grey.shape == (96, 128)
        y, x = np.mgrid[4:96:12, 4:128:12]
        return np.stack([x.ravel(), y.ravel()], 1).astype(np.float32)


def test_the_points_of_both_views_are_each_others_by_the_homography(config, photographs, tmp_path):
    from training.data.sources.images import open_folder
    pairs = LabelledPairs(open_folder(photographs), FixedLabels(tmp_path), config, 0, 20)
    seen = 0
    for number in range(20):
        pair = pairs[number]
        assert pair['images'].shape == (2, 64, 96) and pair['cells'].shape == (2, 8, 12)
        first, second = (corners_of(target) for target in pair['cells'])
        moved = transform(first, pair['homography'].astype(np.float64))
        inside = ((moved > 8) & (moved < (87, 55))).all(1)
        for point in moved[inside]:
            row, column = (point[::-1] + 0.5).astype(int) // 8
            around = pair['cells'][1][row - 1:row + 2, column - 1:column + 2]
            if (around >= 0).all() and len(second):
                seen += 1
                # Both are rounded to pixels, and the warp magnifies one of them.
                crowded = (around < 64).sum() > 1
                assert crowded or np.linalg.norm(second - point, axis=1).min() < 2.5
    assert seen > 50


def test_a_photograph_is_scaled_to_cover_the_size_and_its_middle_cut():
    image = np.zeros((100, 300, 3), np.uint8)
    image[:, 140:160] = 255
    found = fitted(image, (160, 80))
    assert found.shape == (80, 160, 3)
    assert found[:, 76:84].min() == 255 and found[:, :60].max() == 0


def test_average_precision_by_hand():
    corners = np.array([[10.0, 10], [50, 10]])
    points = np.array([[11.0, 10], [10, 11], [30, 30], [50, 12]])
    # Right: the first, and the fourth; the second comes to a corner that is taken.
    assert average_precision(points, corners, 4) == pytest.approx((1 / 1 + 2 / 4) / 2)
    assert average_precision(points[:0], corners, 4) == 0
    assert average_precision(corners, corners, 4) == 1
