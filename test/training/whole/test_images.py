# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
import torch

from residual_features_ros.model_card import load_card
from residual_features_ros.network import prepare
from training.networks import InputFormat
from training.whole.images import GreyLevels, Halved, NetworkInput


def rgb(image):
    return torch.from_numpy(np.ascontiguousarray(image[None, :, :, ::-1].transpose(0, 3, 1, 2)))


def test_grey_levels_are_opencvs(noise):
    expected = cv2.cvtColor(noise, cv2.COLOR_BGR2GRAY)
    np.testing.assert_array_equal(GreyLevels()(rgb(noise))[0, 0], expected)
    np.testing.assert_array_equal(GreyLevels()(torch.from_numpy(expected)[None, None])[0, 0],
                                  expected)


@pytest.fixture
def noise():
    return np.random.default_rng(0).integers(0, 256, (91, 122, 3), np.uint8)


@pytest.mark.parametrize('shrink', [1, 2, 3, 4])
@pytest.mark.parametrize('method', ['residual_hessian_small', 'superpoint', 'lfnet'])
def test_the_input_of_h_is_the_runtimes(noise, method, shrink):
    card = load_card(method)
    form = InputFormat(card.stride, card.mean, card.std, card.channels, card.per_image)
    found = NetworkInput(form, shrink)(rgb(noise), GreyLevels()(rgb(noise)))
    np.testing.assert_allclose(found, prepare([noise], card, shrink), atol=3e-6)


def test_grey_images_are_given_to_a_network_of_colour(noise):
    card, grey = load_card('residual_hessian_small'), noise[..., 0].copy()
    images = torch.from_numpy(grey)[None, None]
    form = InputFormat(card.stride, card.mean, card.std, card.channels)
    found = NetworkInput(form, 4)(images, GreyLevels()(images))
    np.testing.assert_allclose(found, prepare([grey], card, 4), atol=1e-6)


@pytest.mark.parametrize('size', [(122, 90), (122, 91), (121, 90), (121, 91)], ids=str)
def test_halves_are_opencvs(noise, size):
    grey = np.resize(noise[..., 0], size[::-1])
    halved = Halved(*size)
    assert halved.small == (61, (size[1] + 1) // 2)
    expected = cv2.resize(grey, halved.small, interpolation=cv2.INTER_AREA)
    off = np.abs(halved(torch.from_numpy(grey)[None, None].float())[0, 0].numpy() - expected)
    assert off.max() <= 1 and off.mean() < 0.01
