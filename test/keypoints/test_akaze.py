# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.image import to_grey
from residual_features_ros.keypoints.akaze import BYTES, detect_akaze, find_akaze
from residual_features_ros.mask import Mask
from residual_features_ros.rows.pyramid import View

CONFIG = ExtractorConfig()
BOTH = [detect_akaze, find_akaze]


@pytest.fixture
def view(image):
    return View(to_grey(image))


def columns(features):
    return np.column_stack([features.keypoints, features.sizes, features.angles,
                            features.octaves])


def test_bits_places_and_levels_are_opencvs_strongest_first(view):
    found = detect_akaze(view, 10_000, CONFIG)
    points, rows = cv2.AKAZE.create(threshold=CONFIG.akaze_threshold).detectAndCompute(
        view.grey, None)
    assert len(found) == len(points) > 100 and found.descriptors.shape == (len(found), BYTES)
    expected = {(*point.pt, point.size, point.angle, point.octave): row.tolist()
                for point, row in zip(points, rows, strict=True)}
    for key, row in zip(columns(found).tolist(), found.descriptors.tolist(), strict=True):
        assert expected[tuple(key)] == row
    assert (np.diff(found.responses) <= 0).all() and found.image_size == (320, 240)
    np.testing.assert_array_equal(columns(detect_akaze(view, 60, CONFIG)), columns(found)[:60])


def test_without_descriptors_places_are_the_same_and_angles_are_left_to_make(view):
    places, described = (find(view, 150, CONFIG) for find in (find_akaze, detect_akaze))
    np.testing.assert_array_equal(places.keypoints, described.keypoints)
    np.testing.assert_array_equal(places.sizes, described.sizes)
    np.testing.assert_array_equal(places.octaves, described.octaves)
    assert places.descriptors.shape == (len(places), 0)


@pytest.mark.parametrize('find', BOTH)
def test_a_mask_is_filled(find, view):
    allowed = np.zeros(view.grey.shape, bool)
    allowed[60:200, 100:220] = True
    free, masked = (find(view, 60, CONFIG, mask) for mask in (None, Mask(allowed)))
    assert len(masked) == 60 and Mask(allowed).allows(masked.keypoints).all()
    assert not Mask(allowed).allows(free.keypoints).all()


@pytest.mark.parametrize('find', BOTH)
def test_a_higher_threshold_leaves_the_weaker_out(find, view):
    low, high = (find(view, 10_000, ExtractorConfig(akaze_threshold=threshold))
                 for threshold in (1e-5, 5e-3))
    assert 20 < len(high) < len(low) and high.responses.min() >= 5e-3


@pytest.mark.parametrize('find', BOTH)
def test_an_image_without_structure(find):
    found = find(View(np.full((48, 64), 90, np.uint8)), 10, CONFIG)
    assert len(found) == 0 and found.keypoints.shape == (0, 2)
    assert found.descriptors.shape == (0, BYTES if find is detect_akaze else 0)


def test_blobs_have_their_place():
    y, x = np.mgrid[:160, :160]
    offsets = []
    for shift in (np.arange(8) + 0.5) / 8:
        centre = np.array([72 + shift, 79 - shift])
        apart = (x - centre[0]) ** 2 + (y - centre[1]) ** 2
        picture = np.rint(30 + 200 * np.exp(-apart / (2 * 4.0**2))).astype(np.uint8)
        found = find_akaze(View(picture), 50, CONFIG).keypoints - centre
        offsets.append(found[np.argmin((found**2).sum(1))])
    assert np.abs(np.mean(offsets, 0)).max() < 0.05
