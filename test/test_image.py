# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros.image import check_image, fill, pad_to_multiple, resize_points, shrink


def test_resizing_keeps_pixel_centres():
    # The centre of a 4 px wide image is 1.5, of its half 0.5.
    assert resize_points(np.array([[1.5, 1.5]]), 0.5).tolist() == [[0.5, 0.5]]
    assert resize_points(np.array([[0.0, 0.0]]), 2).tolist() == [[0.5, 0.5]]


def test_shrink_limits_the_longer_side_and_tells_the_scale():
    image, scale = shrink(np.zeros((100, 300), np.uint8), 150)
    assert image.shape == (50, 150) and scale.tolist() == [0.5, 0.5]
    same, scale = shrink(image, 0)
    assert same is image and scale.tolist() == [1, 1]


def test_a_very_long_image_keeps_a_workable_height():
    image, scale = shrink(np.zeros((40, 4000), np.uint8), 400)
    assert image.shape == (32, 400) and scale[1] == 0.8


def test_padding_repeats_the_edge_and_moves_nothing():
    padded = pad_to_multiple(np.arange(9, dtype=np.uint8).reshape(3, 3), 8)
    assert padded.shape == (8, 8)
    assert padded[0, :4].tolist() == [0, 1, 2, 2] and padded[7, 7] == 8


@pytest.mark.parametrize(('image', 'words'), [
    (np.zeros((31, 64), np.uint8), '64x31'),
    (np.zeros((64, 64), np.float32), 'float32'),
    (np.zeros((64, 64, 4), np.uint8), '(64, 64, 4)'),
    (np.zeros((0, 0), np.uint8), '0x0'),
    ('photo.png', 'str'),
])
def test_what_is_no_image_is_refused_with_what_was_found(image, words):
    with pytest.raises(ValueError, match=words.replace('(', r'\(').replace(')', r'\)')):
        check_image(image)


@pytest.mark.parametrize('size', [(64, 48), (400, 100), (100, 400), (320, 240)])
def test_fill_covers_the_size_and_keeps_the_centre(image, size):
    filled = fill(image, size)
    assert filled.shape == (size[1], size[0], 3)
    assert np.ptp(filled) > 50
