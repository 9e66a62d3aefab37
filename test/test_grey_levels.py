# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from itertools import pairwise

import cv2
import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros import create_extractor, create_matcher
from residual_features_ros.grey_levels import LevelMemory, to_grey_levels

GREY = cv2.cvtColor(textured(640, 240), cv2.COLOR_BGR2GRAY)
FRAMES = [np.ascontiguousarray(GREY[:, 6 * i:320 + 6 * i]) for i in range(3)]
CAMERAS = {'centikelvin': (29000, 600), '14 bits': (7250, 500), '12 bits': (0, 4095),
           '10 bits': (0, 1023), 'low contrast': (300, 90), '16 bits': (0, 65535)}


def deep(image, camera, dtype=np.uint16):
    offset, span = CAMERAS[camera]
    return np.round(offset + image / 255 * span).astype(dtype)


@pytest.fixture(scope='module')
def extract():
    return create_extractor('rootsift', max_keypoints=500).extract


@pytest.fixture(scope='module')
def matches(extract):
    return lambda a, b: len(create_matcher().match(extract(a), extract(b)))


@pytest.mark.parametrize('camera', CAMERAS)
def test_deep_images_have_the_features_of_8_bits(camera, extract):
    levels = to_grey_levels(deep(FRAMES[0], camera))
    assert levels.dtype == np.uint8 and (levels.min(), levels.max()) == (0, 255)
    assert len(extract(levels)) > 0.85 * len(extract(FRAMES[0]))


@pytest.mark.parametrize('camera', CAMERAS)
@pytest.mark.parametrize('damage', ['dead pixel', 'dead row', 'hot pixels'])
def test_dead_pixels_do_not_stretch_the_range(camera, damage, extract):
    image = deep(FRAMES[0], camera)
    whole = to_grey_levels(image)
    place = {'dead pixel': np.s_[100, 100], 'dead row': np.s_[100],
             'hot pixels': np.s_[::50, ::50]}[damage]
    image[place] = 65535
    others = np.ones(image.shape, bool)
    others[place] = False
    assert np.abs(to_grey_levels(image).astype(int) - whole)[others].max() < 16


@pytest.mark.parametrize('side', [40, 80, 120])
@pytest.mark.parametrize('counts', [9000, 20000, 60000])
def test_a_hot_object_leaves_the_scene_its_contrast(side, counts, matches):
    images = [deep(frame, '14 bits') for frame in FRAMES[:2]]
    images[1][20:20 + side, 20:20 + side] = counts
    eight = FRAMES[1].copy()
    eight[20:20 + side, 20:20 + side] = 255
    seen = matches(*map(to_grey_levels, images))
    assert seen > 0.7 * matches(FRAMES[0], eight)


def test_the_levels_of_one_camera_drift_where_an_object_enters():
    scene = deep(FRAMES[0], '14 bits')
    hot = scene.copy()
    hot[:80] = 9000
    memory = LevelMemory()
    seen = [to_grey_levels(image, memory)[80:].astype(int)
            for image in [scene] * 3 + [hot] * 40 + [scene] * 40]
    np.testing.assert_array_equal(seen[0], to_grey_levels(scene)[80:])
    moved = [np.abs(a - b).max() for a, b in pairwise(seen)]
    assert moved[:2] == [0, 0] and max(moved) <= 32
    assert np.abs(seen[42] - to_grey_levels(hot)[80:]).max() < 8
    assert np.abs(seen[-1] - seen[0]).max() < 8


def test_another_scene_begins_anew():
    memory = LevelMemory()
    for camera in ('14 bits', 'centikelvin', '10 bits'):
        image = deep(FRAMES[0], camera)
        np.testing.assert_array_equal(to_grey_levels(image, memory), to_grey_levels(image))
    covered = np.zeros_like(FRAMES[0], np.uint16)
    assert not to_grey_levels(covered, memory).any()
    np.testing.assert_array_equal(to_grey_levels(image, memory), to_grey_levels(image))


def test_the_noise_of_a_covered_lens_stays_small():
    noise = np.random.default_rng(0).normal(100, 2, (240, 320)).round().astype(np.uint16)
    assert np.ptp(to_grey_levels(noise)) < 60


@pytest.mark.parametrize('dtype', ['u2', '>u2', 'i2', 'i4', 'f4', '>f4', 'f8'])
def test_every_type_of_the_same_values_has_the_same_levels(dtype):
    image = deep(FRAMES[0], '12 bits')
    np.testing.assert_allclose(to_grey_levels(image.astype(dtype)).astype(int),
                               to_grey_levels(image), atol=1)


def test_8_bits_are_left_alone():
    assert to_grey_levels(GREY) is GREY
    signed = (GREY.astype(int) - 128).astype(np.int8)
    np.testing.assert_array_equal(to_grey_levels(signed), GREY)


def test_what_is_no_number_is_black_and_counts_for_nothing():
    image = deep(FRAMES[0], '12 bits', np.float32)
    whole = to_grey_levels(image)
    image[:20] = np.nan
    image[20, :3] = np.inf, -np.inf, 3e38
    levels = to_grey_levels(image)
    assert not levels[:20].any() and levels[20, :3].tolist() == [255, 0, 255]
    assert np.abs(levels[21:].astype(int) - whole[21:]).max() < 16
    with pytest.raises(ValueError, match='no value that is a finite number'):
        to_grey_levels(np.full((40, 40), np.nan))


@pytest.mark.parametrize('values', [
    np.zeros((40, 40)), np.full((40, 40), 1e-320), np.full((40, 40), 7, np.int32),
    np.full((1, 1), 65535, np.uint16), np.full((40, 40), np.inf, np.float32)])
def test_flat_images_are_flat(values):
    values = np.where(np.isfinite(values), values, 1e30)
    assert np.ptp(to_grey_levels(values)) == 0


def test_the_channels_share_their_levels():
    bgr = np.dstack([FRAMES[0], FRAMES[1], FRAMES[2]]).astype(np.uint16) << 4
    levels = to_grey_levels(bgr)
    same = bgr[..., 0] == bgr[..., 1]
    np.testing.assert_array_equal(levels[..., 0][same], levels[..., 1][same])
