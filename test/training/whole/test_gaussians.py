# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
import torch

from training.whole.gaussians import PRESENT_SIGMA, SCALES, SIGMA, Octave, doubled, side_of


def as_batch(image):
    return torch.from_numpy(image)[None, None]


@pytest.fixture
def noise():
    return np.random.default_rng(0).random((45, 62), np.float32) * 255


def test_doubling_is_opencvs_in_place(noise):
    height, width = noise.shape
    half = np.array([[0.5, 0, 0], [0, 0.5, 0]])
    expected = cv2.warpAffine(noise, half, (2 * width, 2 * height), borderMode=cv2.BORDER_REFLECT,
                              flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    np.testing.assert_allclose(doubled(as_batch(noise))[0, 0], expected, atol=1e-4)


@pytest.mark.parametrize('sigma', [1.2, 1.6, 3.1])
def test_sides_of_kernels_are_opencvs(noise, sigma):
    side = side_of(sigma)
    expected = cv2.GaussianBlur(noise, (0, 0), sigma)
    np.testing.assert_array_equal(cv2.GaussianBlur(noise, (side, side), sigma), expected)


@pytest.mark.parametrize('present', [PRESENT_SIGMA, SIGMA])
def test_scales_are_blurs_of_each_other(noise, present):
    scales = Octave(62, 45, present)(as_batch(noise))
    assert len(scales) == SCALES
    image, before = noise, present
    for number, found in enumerate(scales):
        wanted = SIGMA * 2 ** (number / 3)
        if wanted > before:
            image = cv2.GaussianBlur(image, (0, 0), np.sqrt(wanted**2 - before**2))
        np.testing.assert_allclose(found[0, 0], image, atol=1e-3)
        before = wanted


@pytest.mark.parametrize('size', [(62, 46), (61, 45), (63, 46)], ids=str)
def test_the_next_octave_takes_pixels_as_opencv(size):
    image = np.random.default_rng(0).random(size[::-1], np.float32)
    scales = [None] * 3 + [as_batch(image)]
    expected = cv2.resize(image, (size[0] // 2, size[1] // 2), interpolation=cv2.INTER_NEAREST)
    np.testing.assert_array_equal(Octave(*size, SIGMA).following(scales)[0, 0], expected)
