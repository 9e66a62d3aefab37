# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest

from training.config import PhotometricConfig
from training.data.photometric import distort, happens, relight

NOTHING = PhotometricConfig(brightness=0, contrast=0, saturation=0, hue_deg=0, noise=0, gamma=1,
                            blur_share=0, motion_share=0, grey_share=0)
GREY = np.full((40, 60, 3), 100, np.uint8)


def test_without_shares_nothing_changes_and_nothing_is_drawn():
    rng = np.random.default_rng(3)
    assert not happens(rng, 0)
    assert relight(rng, GREY, NOTHING) is GREY
    assert rng.random() == np.random.default_rng(3).random()
    np.testing.assert_array_equal(distort(rng, GREY, NOTHING), GREY)


@pytest.mark.parametrize('seed', range(4))
def test_a_stop_of_exposure_doubles_the_light(seed):
    config = replace(NOTHING, exposure_share=1, exposure_stops=1)
    out = relight(np.random.default_rng(seed), GREY, config)
    assert len(np.unique(out)) == 1
    stops = 2.2 * np.log2(out[0, 0, 0] / 100)
    assert -1.05 <= stops <= 1.05 and stops
    white = relight(np.random.default_rng(seed), np.full_like(GREY, 255), config)
    assert (white.max() == 255) == (stops > 0)  # cut off


def test_shade_differs_over_the_image_and_never_by_more_than_its_stops():
    config = replace(NOTHING, shade_share=1, shade_stops=1)
    for seed in range(8):
        out = relight(np.random.default_rng(seed), GREY, config)
        assert out.std() > 0
        stops = 2.2 * np.log2(out / 100)
        assert np.abs(stops).max() < 1.5  # a cubic goes a little beyond its corners


def test_jpeg_leaves_its_blocks():
    noise = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    coded = distort(np.random.default_rng(0), noise, replace(NOTHING, jpeg_share=1))
    assert coded.shape == noise.shape and 1 < np.abs(coded.astype(int) - noise).mean() < 80
