# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import pytest

from residual_features_ros.errors import ConversionError
from residual_features_ros.ros.encodings import ENCODINGS, bayer_code, encoding_of, luma_alone


@pytest.mark.parametrize(('name', 'known'), [
    ('mono8', 'mono8'), ('MONO8', 'mono8'), ('16uc1', '16UC1'), ('16UC', '16UC1'),
    ('Mono12', 'mono16'), ('Y16', 'mono16'), ('YUYV', 'yuyv'), ('yuy2', 'yuyv'),
    ('NV12', 'nv12'), ('YUV420', 'i420'), ('BayerRG8', 'bayer_rggb8'),
    ('BayerGB12', 'bayer_gbrg16'), ('bayer_bggr10', 'bayer_bggr16')])
def test_names_that_drivers_write(name, known):
    assert encoding_of(name) is ENCODINGS[known]


def test_every_encoding_of_ros_is_known():
    types = [f'{bits}{kind}C{channels}' for bits, kind in (
        (8, 'U'), (8, 'S'), (16, 'U'), (16, 'S'), (32, 'S'), (32, 'F'), (64, 'F'))
        for channels in (1, 2, 3, 4)]
    bayer = [f'bayer_{name}{bits}' for name in ('rggb', 'bggr', 'gbrg', 'grbg')
             for bits in (8, 16)]
    colours = [f'{name}{bits}' for name in ('rgb', 'rgba', 'bgr', 'bgra', 'mono')
               for bits in (8, 16)]
    yuv = ['uyvy', 'yuyv', 'yuv422', 'yuv422_yuy2', 'nv21', 'nv24', 'nv12']
    assert set(ENCODINGS) >= {*types, *bayer, *colours, *yuv}


@pytest.mark.parametrize('name', ['', 'mono9', '8UC5', 'bayer_rggb12p', 'h264', 'rgb 8'])
def test_what_is_not_known_is_named_with_what_is(name):
    with pytest.raises(ConversionError, match=f"unknown image encoding '{name}'.*known .*nv12"):
        encoding_of(name)


def test_bayer_patterns():
    assert bayer_code('bayer_rggb8') == cv2.COLOR_BayerBG2BGR
    assert [bayer_code(name) for name in ('rgb8', 'yuyv', 'nonsense', '')] == [None] * 4


def test_of_which_encodings_the_luma_is_taken_alone():
    found = [name for name in (*ENCODINGS, 'NV12', 'yuv420', '', 'nonsense') if luma_alone(name)]
    assert found == ['yvyu', 'vyuy', 'yuv444', 'nv12', 'nv21', 'i420', 'yv12', 'nv16', 'nv61',
                     'nv24', 'nv42', 'NV12', 'yuv420']
