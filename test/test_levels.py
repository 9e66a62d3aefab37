# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.needs import need_default_backend
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.levels import Levels, levels_of

METHODS = ('orb', 'rootsift', 'akaze', 'hessian_rootsift', 'superpoint')


def test_levels_by_hand():
    sizes = np.array([10, 20, 28, 29, 40, 80, 81, 1000], np.float32)
    levels = levels_of(sizes, Levels(10.0, count=4, factor=2.0))  # 10, 20, 40, 80
    assert levels.tolist() == [0, 1, 1, 2, 2, 3, 3, 3] and levels.dtype == np.int32


def test_what_is_smaller_than_the_first_level_is_of_it():
    assert levels_of(np.array([0, 1e-3, 5], np.float32), Levels(10.0, 8)).tolist() == [0, 0, 0]
    assert levels_of(np.zeros(0, np.float32), Levels(10.0, 8)).shape == (0,)


@pytest.mark.parametrize('method', METHODS)
def test_a_factor_to_the_power_of_the_level_predicts_the_size(method):
    if method == 'superpoint':
        need_default_backend()
    extractor = create_extractor(method, 4000)
    levels, sizes = extractor.levels, extractor.extract(textured(640, 480)).sizes
    assert levels.factor == 1.2
    found = levels_of(sizes, levels)
    off = sizes / (levels.first_size * levels.factor**found)
    inside = found < levels.count - 1
    assert np.abs(np.log(off[inside])).max() <= np.log(1.2) / 2 * 1.001
    # The last level clips nothing that counts, and the first is the smallest size there is.
    assert inside.mean() > 0.999 or method == 'orb'
    assert sizes.min() == pytest.approx(levels.first_size, rel=0.02)


@pytest.mark.parametrize('method', ['orb', 'residual_orb_small'])
def test_orb_has_its_own_octaves(method):
    if method != 'orb':
        need_default_backend()
    extractor = create_extractor(method, 2000)
    features = extractor.extract(textured(640, 480))
    np.testing.assert_array_equal(levels_of(features.sizes, extractor.levels), features.octaves)
    assert set(features.octaves.tolist()) == set(range(extractor.levels.count))
    assert extractor.levels.factor == extractor.scales.scale_factor


def test_a_network_that_sees_a_smaller_image_finds_larger_keypoints():
    need_default_backend()
    extractor = create_extractor('superpoint', network_shrink=8)
    found = levels_of(extractor.extract(textured(640, 480)).sizes, extractor.levels)
    assert set(found.tolist()) == {11} and extractor.levels.count == 12
