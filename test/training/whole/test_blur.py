# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
import torch

from training.whole.blur import Blur, block_of


@pytest.mark.parametrize('size', [(640, 480), (97, 61), (40, 30), (333, 251)], ids=str)
@pytest.mark.parametrize('sigma', [0.9, 2.55])
def test_it_is_opencvs(size, sigma):
    image = np.random.default_rng(0).random((size[1], size[0]), np.float32) * 255
    side = 2 * int(np.ceil(3 * sigma)) + 1
    expected = cv2.GaussianBlur(image, (side, side), sigma)
    found = Blur(*size, sigma, side)(torch.from_numpy(image)[None, None])[0, 0]
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_blocks_cover_an_axis_with_little_to_spare():
    assert block_of(480) == 80 and block_of(640) == 80 and block_of(30) == 30
    assert -97 % block_of(97) < 10
