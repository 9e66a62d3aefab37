# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import cv2
import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros.geometry.homography import transform
from residual_features_ros.image import to_grey
from training.config import DataConfig
from training.data.sources.images import open_folder
from training.methods.goodpoint import noise
from training.methods.goodpoint.config import HomographyConfig, NoiseConfig
from training.methods.goodpoint.data import NoisyPairs, random_view

QUIET = NoiseConfig(share=0.0)
MILD = HomographyConfig(shift_px=5, perspective_px=20)
STILL = HomographyConfig(shift_px=0, perspective_px=0, rotation_rad=0, scale=(1.0, 1.0))
SIZE = (128, 96)


def pairs(photographs, warp=MILD, filters=QUIET, length=6):
    return NoisyPairs(open_folder(photographs), DataConfig(size=SIZE), warp, filters, 0, length)


def test_both_views_are_warped_and_the_homography_leads_from_one_to_the_other(photographs):
    for number in range(4):
        sample = pairs(photographs)[number]
        first, second = sample['images']
        carried = cv2.warpPerspective(first, sample['homography'].astype(np.float64), SIZE)
        shared = cv2.warpPerspective(sample['valid'][0].astype(np.uint8),
                                     sample['homography'].astype(np.float64), SIZE) > 0
        shared = cv2.erode((shared & sample['valid'][1]).astype(np.uint8), np.ones((7, 7))) > 0
        assert shared.mean() > 0.2
        off = np.abs(carried.astype(int) - second)[shared]
        assert np.median(off) <= 3 and np.abs(first.astype(int) - second).mean() > 10


def test_a_sample_is_a_function_of_seed_and_number(photographs):
    dataset = pairs(photographs, filters=NoiseConfig())
    once, again, other = dataset[1], dataset[1], dataset[2]
    assert once['images'].dtype == np.uint8 and once['images'].shape == (2, 96, 128)
    for name, value in once.items():
        assert np.array_equal(value, again[name])
    assert not np.array_equal(once['images'], other['images'])


def test_pairs_of_a_batch_can_have_one_homography(photographs):
    alike = dataclasses.replace(MILD, pairs_alike=3)
    found = [pairs(photographs, alike)[number]['homography'] for number in range(6)]
    for first, second in ((0, 1), (0, 2), (3, 4), (3, 5)):
        assert np.allclose(found[first], found[second], atol=1e-4)
    assert not np.allclose(found[2], found[3], atol=1e-2)


def test_ranges_of_the_warp(rng):
    corners = np.array([[0, 0], [256, 0], [256, 256], [0, 256]]) - 0.5

    def moved(**settings):
        """Return how far (100, 4, 2) the view's corners are from the places that they show."""
        config = dataclasses.replace(STILL, **settings)
        return np.array([transform(corners, np.linalg.inv(random_view(rng, (256, 256), config)))
                         - corners for _ in range(100)])

    assert np.abs(moved()).max() < 1e-3
    shift = moved(shift_px=14)
    assert 12 < np.abs(shift).max() <= 14.001
    persp = moved(perspective_px=85)
    assert 75 < np.abs(persp).max() <= 85.001
    # Two corners of one side, along it and against each other.
    assert ((np.abs(persp) > 1e-3).sum((1, 2)) == 2).all() and np.abs(persp.sum(1)).max() < 1e-2
    assert persp.min() < 0 < persp.max()
    scale = moved(scale=(0.8, 1.3))[:, 2, 0] / 128 + 1
    assert 0.8 <= scale.min() < 0.85 and 1.25 < scale.max() <= 1.3001
    turn = np.arcsin(moved(rotation_rad=0.08)[:, 0] @ [1, -1] / 256)  # x and y of a corner
    assert 0.06 < np.abs(turn).max() <= 0.081


@pytest.mark.parametrize('change', noise.FILTERS, ids=lambda f: f.__name__)
def test_every_filter_changes_an_image(change, rng):
    image = to_grey(textured(96, 96)).astype(np.float32)
    changed = change(rng, image.copy(), NoiseConfig())
    assert changed.shape == image.shape and np.isfinite(changed).all()
    assert np.abs(changed - image).mean() > 0.5


def test_filters_follow_the_papers_order_and_each_is_used_half_of_the_time(rng, monkeypatch):
    assert [change.__name__ for change in noise.FILTERS] == [
        'gaussian', 'brightness', 'shade', 'salt_pepper', 'motion', 'contrast']
    used = []
    named = [lambda rng, image, config, name=name: used.append(name) or image for name in range(6)]
    monkeypatch.setattr(noise, 'FILTERS', named)
    image = to_grey(textured(32, 32))
    for _ in range(200):
        assert np.array_equal(noise.disturb(rng, image, NoiseConfig()), image)
    assert all(70 < used.count(name) < 130 for name in range(6))


def test_a_filter_that_ruins_the_image_is_passed_over(rng, monkeypatch):
    image = to_grey(textured(64, 64))
    always = NoiseConfig(share=1.0)

    def weaker(factor):
        return lambda rng, image, config: (image - image.mean()) * factor + image.mean()

    monkeypatch.setattr(noise, 'FILTERS', (weaker(0.3),))  # 9 % of the variance
    assert np.array_equal(noise.disturb(rng, image, always), image)
    monkeypatch.setattr(noise, 'FILTERS', (weaker(0.33),))  # 10.9 %
    assert not np.array_equal(noise.disturb(rng, image, always), image)
    # Of the original's, not of the last filter's: the second would leave 9 %.
    monkeypatch.setattr(noise, 'FILTERS', (weaker(0.5), weaker(0.6)))
    once = noise.disturb(rng, image, always)
    assert once.var() == pytest.approx(0.25 * image.var(), rel=0.05)


def test_salt_and_pepper_are_equal_shares(rng):
    image = np.full((200, 200), 100, np.float32)
    changed = noise.salt_pepper(rng, image, NoiseConfig())
    assert (changed == 255).mean() == pytest.approx(0.02, abs=0.004)
    assert (changed == 0).mean() == pytest.approx(0.02, abs=0.004)
