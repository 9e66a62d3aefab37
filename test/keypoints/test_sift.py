# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.keypoints import sift
from residual_features_ros.keypoints.sift import MARGIN, Contrast, highest
from residual_features_ros.keypoints.table import DETECTORS, create_detector, detect
from residual_features_ros.rows.pyramid import View

CONFIG = ExtractorConfig()
KINDS = [name for name, row in DETECTORS.items() if row.finder == 'sift']


def grey(image):
    return np.ascontiguousarray(image[..., 1])


@pytest.mark.parametrize('precise', [True, False])
def test_sift_finds_the_centres_of_blobs_to_a_fiftieth_of_a_pixel(precise, monkeypatch):
    if not precise:  # OpenCV before 4.8
        monkeypatch.setattr(sift, '_has_precise_upscale', lambda: False)
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:160, :160]
    offsets = []
    for _ in range(20):
        centre = rng.uniform(60, 100, 2)
        blob = np.exp(-((x - centre[0])**2 + (y - centre[1])**2) / (2 * 4.0**2))
        features = detect('sift', (30 + 200 * blob).astype(np.uint8), 50, CONFIG)
        apart = features.keypoints - centre
        offsets.append(apart[np.argmin((apart**2).sum(1))])
    assert np.abs(np.mean(offsets, 0)).max() < 0.02


def test_upright_has_one_keypoint_per_place_and_no_rotation(image):
    features = detect('rootsift_upright', grey(image), 200, CONFIG)
    places = {(*point, size) for point, size in zip(features.keypoints.tolist(),
                                                    features.sizes.tolist(), strict=True)}
    assert len(places) == len(features) and (features.angles == 0).all()


def test_sift_octaves_count_from_the_upsampled_image(image):
    octaves = detect('sift', grey(image), 1000, CONFIG).octaves
    assert octaves.min() == 0 and octaves.max() <= 6


@pytest.mark.parametrize('name', KINDS)
@pytest.mark.parametrize('size', [(320, 240), (319, 239), (33, 32)])
def test_sift_without_the_upsampled_octave_keeps_pixels_and_octaves(name, size, image):
    width, height = size
    part = grey(image)[:height, :width]
    whole = detect(name, part, 400, CONFIG)
    half = detect(name, part, 400, ExtractorConfig(sift_first_octave=0))
    assert half.image_size == size and half.keypoints.dtype == np.float32
    if len(half):
        assert half.octaves.min() >= 1 and half.sizes.dtype == np.float32
    if width > 300:
        apart = np.linalg.norm(half.keypoints[:, None] - whole.keypoints[None], axis=2)
        nearest = apart.argmin(1)
        close = apart.min(1) < 1
        assert close.mean() > 0.5
        assert np.median((half.keypoints - whole.keypoints[nearest])[close], axis=0) == \
            pytest.approx([0, 0], abs=0.05)
        same = close & (np.abs(np.log2(half.sizes / whole.sizes[nearest])) < 0.3)
        assert same.mean() > 0.4
        assert (half.octaves == whole.octaves[nearest])[same].mean() > 0.8


@pytest.mark.parametrize('name', KINDS)
def test_what_sift_remembers_does_not_change_what_it_finds(name, image, monkeypatch):
    thresholds = []
    create = sift.create_sift
    monkeypatch.setattr(sift, 'create_sift', lambda count, threshold: (
        thresholds.append(threshold), create(count, threshold))[1])
    detector = create_detector(name)
    dim = (grey(image) // 3 + 80).astype(np.uint8)  # a third of the contrast, from one image on
    flat = np.full((240, 320), 90, np.uint8)
    for picture in (grey(image), grey(image), dim, flat, grey(image), grey(image)):
        for count in (100, 150):
            remembered, fresh = (find(View(picture), count, CONFIG, None)
                                 for find in (detector, create_detector(name)))
            for field in ('keypoints', 'sizes', 'angles', 'responses', 'octaves', 'descriptors'):
                np.testing.assert_array_equal(getattr(remembered, field), getattr(fresh, field))
    assert min(thresholds) == CONFIG.sift_contrast_threshold
    assert max(thresholds) > 4 * CONFIG.sift_contrast_threshold


def test_the_contrast_asked_for_follows_the_weakest_keypoint_kept():
    def run(threshold):
        asked.append(threshold)
        found = [r for r in responses if 3 * r >= threshold]
        return found, f'{len(found)} found'

    asked, responses, contrast = [], [0.1, 0.01, 0.004, 0.002], Contrast()
    assert contrast.find(2, 0.005, run) == '4 found' and asked == [0.005]
    responses = [0.1, 0.05]
    asked.clear()
    assert contrast.find(2, 0.005, run) == '2 found'
    assert asked == [pytest.approx(MARGIN * 0.03)]
    responses = [0.1]
    asked.clear()
    assert contrast.find(2, 0.005, run) == '1 found' and asked == [highest(0.005), 0.005]
    asked.clear()
    contrast.find(2, 0.005, run)  # nothing was left out: nothing to remember
    assert asked == [0.005] and contrast.margin < MARGIN


@pytest.mark.parametrize('lowest', [0.0, 0.005, 0.02, 0.04, 0.2])
def test_the_highest_threshold_lets_opencv_look_at_the_same_extrema(lowest):
    def grey_levels(threshold):  # OpenCV's sift.simd.hpp, findScaleSpaceExtrema
        return math.floor(0.5 * threshold / 3 * 255)

    assert highest(lowest) > lowest
    assert grey_levels(highest(lowest)) == grey_levels(lowest)
    assert grey_levels(highest(lowest) * 1.00001) == grey_levels(lowest) + 1


@pytest.mark.parametrize('name', KINDS)
def test_extrema_that_refinement_makes_much_stronger_are_found_after_any_image(name):
    # Two of the strongest 200 here are extrema that OpenCV passes over at the threshold that the
    # image itself asks of the next one.
    picture, detector = grey(textured(seed=28)), create_detector(name)
    first, second = (detector(View(picture), 200, CONFIG, None) for _ in range(2))
    for field in ('keypoints', 'sizes', 'angles', 'responses', 'octaves', 'descriptors'):
        np.testing.assert_array_equal(getattr(first, field), getattr(second, field))
