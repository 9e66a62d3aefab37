# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.pictures import textured

from training.free_photographs.crops import covered, shrunk, stills_of


def test_large_photographs_give_tiles_and_small_ones_do_not():
    image = textured(400, 300)
    assert [name for name, _ in stills_of(image, 100, 401, 0.0)] == ['1']
    stills = dict(stills_of(image, 1000, 130, 0.0))
    assert [name[0] for name in stills] == ['1', *'2222', *'333333333']
    assert stills['1'].shape == image.shape
    np.testing.assert_array_equal(stills['2-0-1'], image[:image.shape[0] // 2,
                                                         image.shape[1] // 2:])


def test_four_tiles_along_a_side_are_the_most():
    names = [name for name, _ in stills_of(textured(400, 300), 1000, 10, 0.0)]
    assert len(names) == 1 + 4 + 9 + 16


def test_tiles_without_anything_are_left_out_and_the_whole_is_not():
    image = textured(400, 300)
    image[:, :image.shape[1] // 2] = 128
    names = [name for name, _ in stills_of(image, 1000, image.shape[1] // 2, 0.5)]
    assert names == ['1', '2-0-1', '2-1-1']
    assert covered(np.full((60, 80, 3), 90, np.uint8)) == 0.0
    assert covered(image) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(('shape', 'expected'), [
    ((300, 400), (75, 100)), ((400, 300), (100, 75)), ((80, 100), (80, 100)),
    ((1, 1000), (1, 100))])
def test_the_longest_side_is_kept_to(shape, expected):
    assert shrunk(np.zeros((*shape, 3), np.uint8), 100).shape[:2] == expected
