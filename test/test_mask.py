# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import logging

import cv2
import numpy as np
import pytest

from residual_features_ros.errors import ConfigError
from residual_features_ros.image import map_back, shrink
from residual_features_ros.mask import Mask, as_mask, read_mask
from residual_features_ros.types import Features


def left_half(width=8, height=6):
    return Mask(np.broadcast_to(np.arange(width) < width // 2, (height, width)), 'mask half.png')


def at(points, size=(8, 6)):
    points = np.float32(points).reshape(-1, 2)
    ones = np.ones(len(points), np.float32)
    return Features(points, ones, ones, ones, ones.astype(np.int32), ones[:, None], size)


@pytest.fixture
def write(tmp_path):
    def write_one(picture, name='mask.png'):
        assert cv2.imwrite(str(tmp_path / name), picture)
        return str(tmp_path / name)
    return write_one


def test_a_keypoint_is_allowed_where_all_pixels_around_it_are():
    points = [(0, 0), (3, 5), (3, 4.5), (3.01, 2), (3.5, 2), (3.9, 2), (4, 2), (7, 0)]
    assert left_half().allows(np.float32(points)).tolist() == [True] * 3 + [False] * 5


def test_a_keypoint_at_the_very_edge_has_the_pixels_inside_around_it():
    points = np.float32([(-0.4, -0.3), (0, 5.4), (7.4, 5.4)])
    assert left_half().allows(points).tolist() == [True, True, False]


def test_a_mask_of_a_resized_image_asks_for_the_pixels_that_come_back():
    image, allowed = np.zeros((300, 400), np.uint8), np.zeros((300, 400), bool)
    allowed[100:200, 150:250] = True
    small, scale = shrink(image, 173)
    points = np.random.default_rng(0).uniform(0, np.array(small.shape[::-1]) - 1, (2000, 2))
    found = at(points, (173, 130))
    kept = Mask(allowed).resized(scale).allows(found.keypoints)
    back = map_back(found, image, scale).keypoints
    assert 100 < kept.sum() < 500
    np.testing.assert_array_equal(kept, Mask(allowed).allows(back))


def test_the_picture_for_opencv_allows_all_that_the_mask_does():
    allowed = np.zeros((300, 400), bool)
    allowed[100:200, 150:250] = True
    image, scale = shrink(np.zeros((300, 400), np.uint8), 173)
    y, x = np.nonzero(Mask(allowed).resized(scale).allows(
        np.stack(np.meshgrid(np.arange(173.0), np.arange(130.0)), -1).reshape(-1, 2)
    ).reshape(130, 173))
    picture = Mask(allowed).resized(scale).picture(image)
    assert picture.shape == (130, 173) and (picture[y, x] == 255).all() and len(x)
    assert (picture > 0).sum() < 1.3 * len(x)
    whole = Mask(allowed).picture(np.zeros((300, 400, 3), np.uint8))
    np.testing.assert_array_equal(whole == 255, allowed)


def test_allowed_features_keep_their_order():
    assert left_half().keep(at([(2, 1), (6, 1), (1, 1)])).keypoints[:, 0].tolist() == [2, 1]
    assert len(left_half().keep(at([]))) == 0


def test_two_masks_allow_what_both_do():
    upper = Mask(np.broadcast_to(np.arange(6)[:, None] < 3, (6, 8)), 'upper')
    both = left_half().joined(upper)
    assert both.allowed.sum() == 12 and both.name == 'mask half.png with upper'
    assert left_half().joined(None).allowed.sum() == 24
    with pytest.raises(ConfigError, match='upper is 8x6, the image 4x6'):
        left_half(4).joined(upper)


def test_an_image_of_another_size_is_told():
    left_half().check((6, 8, 3))
    with pytest.raises(ConfigError, match=r'^mask half.png is 8x6, the image 6x8 \(width x'):
        left_half().check((8, 6))


def test_an_array_allows_keypoints_where_it_is_not_zero():
    assert as_mask(np.int32([[0, 1], [2, 0]])).allowed.tolist() == [[False, True], [True, False]]
    assert as_mask(None) is None and as_mask(left_half()).name == 'mask half.png'
    for wrong in (np.zeros((4, 4, 3)), [[0, 1]]):
        with pytest.raises(ConfigError, match=r'a mask is a numpy array \(H, W\), not zero where'):
            as_mask(wrong)


@pytest.mark.parametrize('value', [1, 128, 255])
@pytest.mark.parametrize('shape', [(6, 8), (6, 8, 3)])
def test_a_file_allows_keypoints_where_it_is_not_zero(write, value, shape, caplog):
    picture = np.zeros(shape, np.uint8)
    picture[2:, :3] = value
    mask = read_mask(write(picture))
    assert mask.allowed.sum() == 12 and mask.allowed[2:, :3].all() and not caplog.records


def test_sixteen_bits_one_colour_and_opacity(write):
    deep = np.zeros((6, 8), np.uint16)
    deep[0] = 1
    assert read_mask(write(deep)).allowed.sum() == 8
    red = np.zeros((6, 8, 4), np.uint8)
    red[..., 3] = 255  # opaque everywhere
    red[0, :, 2] = 200
    assert read_mask(write(red)).allowed.sum() == 8


def test_a_file_with_values_between_is_told(write, caplog):
    picture = np.full((48, 64), 255, np.uint8)
    picture[:20, :30] = 0
    with caplog.at_level(logging.WARNING):
        assert read_mask(write(picture, 'mask.jpg')).restricts
    assert 'pixels between 0 and its largest value: keypoints are allowed there' in caplog.text


def test_what_is_no_mask_is_one_sentence(tmp_path, write):
    text, empty = tmp_path / 'notes.png', tmp_path / 'empty.png'
    text.write_text('no picture')
    empty.touch()
    cut = write(np.random.default_rng(0).integers(0, 2, (60, 80), np.uint8))
    whole = (tmp_path / 'mask.png').read_bytes()
    (tmp_path / 'mask.png').write_bytes(whole[:len(whole) // 2])
    black = write(np.zeros((6, 8), np.uint8), 'black.png')
    for path, words in ((tmp_path / 'none.png', 'No such file'), (tmp_path, 'Is a directory'),
                        (text, 'not an image that OpenCV can read'), (empty, 'not an image'),
                        (cut, 'or truncated'), (black, 'allows no keypoint: all its pixels')):
        with pytest.raises(ConfigError, match=f'mask {path}:? .*{words}') as refused:
            read_mask(str(path))
        assert '\n' not in str(refused.value)
