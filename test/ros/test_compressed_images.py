# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import struct
import zlib

import cv2
import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros.errors import ConversionError
from residual_features_ros.ros.compressed_images import decompress

BGR = textured(64, 48)
GREY = cv2.cvtColor(BGR, cv2.COLOR_BGR2GRAY)


def encode(ending, image, *options):
    return cv2.imencode(ending, image, options)[1].tobytes()


def png(image):
    return encode('.png', image)


def jpeg(image):
    return encode('.jpg', image, cv2.IMWRITE_JPEG_QUALITY, 95)


@pytest.mark.parametrize(('ending', 'image'), [
    *((ending, image) for ending in ('.png', '.tiff', '.bmp') for image in (BGR, GREY)),
    *((ending, image) for ending in ('.png', '.tiff')
      for image in (GREY.astype(np.uint16) << 8, BGR.astype(np.uint16) << 4))])
def test_pictures_come_as_they_are_stored(ending, image):
    found, code = decompress(encode(ending, image), ending[1:])
    np.testing.assert_array_equal(found, image)
    assert found.dtype == image.dtype and code is None


@pytest.mark.parametrize('dtype', ['f4', 'f8', 'i2', 'i4'])
def test_deeper_tiff(dtype):
    image = GREY.astype(dtype) * 3
    found, _ = decompress(encode('.tiff', image), 'tiff')
    np.testing.assert_array_equal(found, image)


@pytest.mark.parametrize('options', [(), (cv2.IMWRITE_WEBP_QUALITY, 101)])
def test_webp(options):
    found, _ = decompress(encode('.webp', BGR, *options), 'webp')
    assert np.abs(found.astype(int) - BGR).mean() < 6


def test_alpha_is_dropped():
    alpha = cv2.cvtColor(BGR, cv2.COLOR_BGR2BGRA)
    for ending in ('.png', '.tiff'):
        np.testing.assert_array_equal(decompress(encode(ending, alpha), '')[0], BGR)


def test_jpeg():
    for image in (GREY, BGR):
        for padding in (0, 200, 5000):
            decoded, _ = decompress(jpeg(image) + bytes(padding), 'jpeg')
            assert decoded.shape == image.shape
            assert np.abs(decoded.astype(int) - image).mean() < 6


@pytest.mark.parametrize(('format', 'pattern'), [
    ('bayer_rggb8; jpeg compressed ', 'BG'), ('bayer_bggr8; jpeg compressed', 'RG'),
    ('BAYER_GBRG8; jpeg compressed bayer_gbrg8', 'GR'), ('bayer_grbg8;jpeg', 'GB'),
    ('bayer_rggb16; png compressed ', 'BG'), ('bayer_rggb8', 'BG'),
    ('bayer_rggb8; jpeg compressed mono8', ''), ('bayer_rggb8; jpeg compressed bgr8', ''),
    ('mono8; jpeg compressed mono8', ''), ('jpeg', ''), ('', '')])
def test_the_format_tells_a_mosaic(format, pattern):
    code = getattr(cv2, f'COLOR_Bayer{pattern}2BGR') if pattern else None
    assert decompress(png(GREY), format)[1] == code
    assert decompress(png(BGR), format)[1] is None  # colours are no mosaic


def huge_png(side=40000):
    header = struct.pack('>IIBBBBB', side, side, 8, 0, 0, 0, 0)
    chunk = b'IHDR' + header
    return (b'\x89PNG\r\n\x1a\n' + struct.pack('>I', 13) + chunk
            + struct.pack('>I', zlib.crc32(chunk)) + bytes(64) + b'IEND\xaeB`\x82')


def huge_tiff(side=40000):
    return struct.pack('<2sHIH', b'II', 42, 8, 2) + struct.pack('<HHII', 256, 4, 1, side) \
        + struct.pack('<HHII', 257, 4, 1, side)


@pytest.mark.parametrize(('data', 'words'), [
    (b'', 'empty'),
    (b'GIF89a, not an image of ours',
     "format 'x' is none of JPEG, PNG, TIFF, WebP, BMP: .*47 49 46"),
    (b'\x00\x00\x00\x01 an h264 frame', "format 'x' is none of JPEG, PNG, TIFF, WebP, BMP"),
    (jpeg(BGR)[:len(jpeg(BGR)) // 2], 'truncated'),
    (jpeg(BGR)[:30], 'JPEG'),
    (png(BGR)[:len(png(BGR)) // 2], 'truncated'),
    (png(BGR)[:20], 'truncated'),
    (png(BGR)[:60] + bytes(100) + png(BGR)[160:], 'corrupt'),
    (huge_png(), 'more than'),
    (huge_tiff(), 'more than'),
    (b'II*\x00', 'corrupt header'),
    (b'II*\x00\x08\x00\x00\x00\x00\x00', 'corrupt header'),
    (encode('.tiff', GREY)[:500], 'truncated'),
    (encode('.webp', BGR)[:500], 'truncated WebP'),
    (encode('.bmp', GREY)[:500], 'truncated BMP'),
    (b'BM\x04\x00\x00\x00', 'corrupt header'),
    (b'RIFF\x00\x00\x00\x00WEBP', 'corrupt header'),
])
def test_bad_pictures(data, words):
    with pytest.raises(ConversionError, match=words):
        decompress(data, 'x')
