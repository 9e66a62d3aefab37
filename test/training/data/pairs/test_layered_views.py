# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros.geometry.homography import transform
from training.config import DataConfig, PhotometricConfig
from training.data.pairs.layered_views import (
    SHARE,
    Layers,
    carried,
    cut_layers,
    one_plane,
    random_layers,
    random_region,
    stays_ahead,
)
from training.methods.attention.config import ScenesConfig

SIZE = (160, 120)
MOTION = ScenesConfig().motion
PLAIN = DataConfig(size=SIZE, photometric=PhotometricConfig(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0))


def shift(x, y=0):
    return np.array([[1.0, 0, x], [0, 1, y], [0, 0, 1]])


def block():
    """Return layers: columns 40 to 59 are before and go 30 to the right, the others 10."""
    mask = np.zeros(SIZE[::-1], bool)
    mask[:, 40:60] = True
    return Layers(shift(10), shift(30), mask)


def at(*columns):
    return np.array([[column, 50.0] for column in columns])


def columns_of(points):
    return [None if np.isnan(x) else float(x) for x in points[:, 0]]


def test_what_is_before_goes_further_and_hides_what_is_behind():
    layers = block()
    # 40 to 59 go to 70 to 89, where 60 to 79 would be; 155 leaves the image.
    found = layers.forth(at(0, 39, 40, 59, 60, 79, 80, 149, 155))
    assert columns_of(found) == [10, 49, 70, 89, None, None, 90, 159, None]
    assert found.dtype == np.float32 and (np.isnan(found[:, 0]) == np.isnan(found[:, 1])).all()


def test_where_something_went_away_the_second_view_has_no_partner():
    # 50 to 69 of the second view would be 40 to 59 behind, which the first view does not show.
    found = block().back(at(10, 49, 50, 69, 70, 89, 90, 159, 5))
    assert columns_of(found) == [0, 39, None, None, 40, 59, 80, 149, None]


def test_no_points_go_nowhere():
    none = np.zeros((0, 2))
    assert block().forth(none).shape == block().back(none).shape == (0, 2)


def test_points_behind_the_camera_are_not_carried():
    horizon = np.array([[1.0, 0, 0], [0, 1, 0], [-0.1, 0, 1]])  # x = 10 is infinitely far
    found = carried(np.array([[5.0, 2], [10, 2], [20, 2]]), horizon)
    np.testing.assert_allclose(found[0], [10, 4])
    assert np.isnan(found[1:]).all()
    assert np.isnan(carried(np.full((1, 2), np.nan), shift(1))).all()


def test_one_plane_hides_nothing():
    homography = np.array([[0.9, -0.2, 20], [0.2, 0.9, -5], [1e-4, 2e-4, 1]])
    layers = one_plane(homography, SIZE)
    places = np.random.default_rng(0).uniform((0, 0), (159, 119), (200, 2))
    moved, there = layers.forth(places), transform(places, homography)
    seen = ~np.isnan(moved[:, 0])
    assert 100 < seen.sum() < 200
    np.testing.assert_allclose(moved[seen], there[seen], atol=1e-3)
    outside = there[~seen]
    assert ((outside < -0.5) | (outside > np.array(SIZE) - 0.5)).any(1).all()
    np.testing.assert_allclose(layers.back(moved[seen]), places[seen], atol=1e-2)


@pytest.mark.parametrize('seed', range(20))
def test_forth_and_back_are_inverse_where_a_point_is_seen(seed):
    rng = np.random.default_rng(seed)
    layers = random_layers(rng, SIZE, MOTION)
    assert layers.size == SIZE
    x, y = np.meshgrid(np.arange(2, SIZE[0] - 2, 3), np.arange(2, SIZE[1] - 2, 3))
    places = np.stack([x, y], -1).reshape(-1, 2).astype(float)
    inner = edges(layers)
    for there, again, first in ((layers.forth, layers.back, True),
                                (layers.back, layers.forth, False)):
        moved = there(places)
        seen = ~np.isnan(moved[:, 0])
        returned = again(moved[seen])
        in_first = np.rint(places[seen] if first else moved[seen]).astype(int)
        sure = inner[in_first[:, 1], in_first[:, 0]]  # of a pixel at the edge nobody can tell
        assert seen.mean() > 0.05 and sure.mean() > 0.5
        assert not np.isnan(returned[sure]).any()
        assert np.linalg.norm(returned - places[seen], axis=1)[sure].max() < 0.05


def edges(layers):
    """Return which pixels of the first view are 2 pixels and more from an edge of the mask."""
    grey, square = layers.mask.astype(np.uint8), np.ones((5, 5), np.uint8)
    return cv2.dilate(grey, square) == cv2.erode(grey, square)


def test_a_region_takes_a_share_of_the_view_and_is_smooth():
    shares = []
    for seed in range(20):
        region = random_region(np.random.default_rng(seed), SIZE)
        assert region.shape == SIZE[::-1] and region.dtype == bool
        changes = (region[:, 1:] != region[:, :-1]).sum(1)
        assert changes.max() <= 8
        shares.append(region.mean())
    assert min(shares) > SHARE[0] - 0.02 and max(shares) < SHARE[1] + 0.02


@pytest.mark.parametrize('seed', range(12))
def test_pixels_are_where_the_map_says(seed):
    rng = np.random.default_rng(seed)
    layers = random_layers(rng, SIZE, MOTION)
    image, other = (cv2.GaussianBlur(textured(480, 360, seed=some), (0, 0), 3)
                    for some in (seed, seed + 100))
    first, second = cut_layers(rng, image, other, layers, PLAIN)
    assert first.shape == second.shape == (*SIZE[::-1], 3) and second.dtype == np.uint8
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    places = np.stack([x, y], -1).reshape(-1, 2).astype(float)
    moved = layers.forth(places)
    seen = ~np.isnan(moved[:, 0]) & edges(layers).ravel()
    sampled = cv2.remap(second, *np.float32(moved[seen]).T[:, :, None], cv2.INTER_LINEAR)[:, 0]
    apart = np.abs(sampled.astype(int) - first.reshape(-1, 3)[seen]).max(1)
    assert seen.sum() > 300 and np.median(apart) < 4
    assert (apart < 25).mean() > 0.85  # all but for what is shrunken to much less


def test_no_camera_has_passed_what_is_before():
    corners = np.array([[0, 0, 1], [160, 0, 1], [0, 120, 1], [160, 120, 1]])
    for seed in range(100):
        layers = random_layers(np.random.default_rng(seed), SIZE, MOTION)
        assert min((corners @ plane[2]).min() for plane in (layers.behind, layers.before)) > 0
    assert not stays_ahead(np.array([[1.0, 0, 0], [0, 1, 0], [-0.01, 0, 1]]), SIZE)


def test_pixels_of_the_other_photograph_have_no_partner():
    black, white = np.zeros((240, 320, 3), np.uint8), np.full((240, 320, 3), 255, np.uint8)
    first, second = cut_layers(np.random.default_rng(0), black, white, block(), PLAIN)
    assert not first.any()
    strange = second[..., 0] > 128
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    back = block().back(np.stack([x, y], -1).reshape(-1, 2).astype(float))
    assert strange[50].nonzero()[0].tolist() == list(range(50, 70))
    assert np.isnan(back[strange.ravel(), 0]).all()
