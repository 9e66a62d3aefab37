# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import struct
import zlib

import cv2
import numpy as np
import pytest

from residual_features_ros.datasets.image_files import (
    common_folder,
    find_images,
    image_size,
    read_image,
    read_stored,
)
from residual_features_ros.errors import DatasetError


def test_a_folder_stands_for_the_images_below_it(tmp_path):
    for name in ('b/2.JPG', 'a/1.png', 'notes.txt'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert find_images([str(tmp_path)]) == [tmp_path / 'a/1.png', tmp_path / 'b/2.JPG']
    assert find_images([str(tmp_path / 'a'), str(tmp_path / 'a/1.png')]) == [tmp_path / 'a/1.png']


def test_the_common_folder_holds_all(tmp_path):
    for name in ('a/x', 'b'):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / 'a/1.png').touch()
    assert common_folder([str(tmp_path / 'a/1.png')]) == tmp_path / 'a'
    assert common_folder([str(tmp_path / 'a/1.png'), str(tmp_path / 'b')]) == tmp_path


def test_a_truncated_image_is_named(tmp_path, image):
    whole = cv2.imencode('.png', image)[1].tobytes()
    (tmp_path / 'cut.png').write_bytes(whole[:20])
    with pytest.raises(DatasetError, match='not an image that OpenCV can read'):
        read_image(tmp_path / 'cut.png')


@pytest.mark.parametrize('ending', ['.png', '.tiff', '.jpg', '.bmp', '.webp'])
@pytest.mark.parametrize('kind', ['colour', 'grey', 'alpha'])
def test_8_bits_are_what_opencv_reads(tmp_path, image, ending, kind):
    path = tmp_path / f'file{ending}'
    cv2.imwrite(str(path), {'colour': image, 'grey': image[..., 1],
                            'alpha': cv2.cvtColor(image, cv2.COLOR_BGR2BGRA)}[kind])
    np.testing.assert_array_equal(
        read_image(path), cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION))
    assert image_size(path) == (image.shape[1], image.shape[0])


@pytest.mark.parametrize(('ending', 'dtype', 'gain', 'offset'), [
    ('.png', 'u2', 1 << 8, 0), ('.png', 'u2', 1 << 4, 0), ('.tiff', 'u2', 1 << 2, 0),
    ('.pgm', 'u2', 1 << 2, 0), ('.png', 'u2', 2.4, 29000), ('.tiff', 'f4', 1 / 255, 0),
    ('.tiff', 'f8', 0.04, 293.15), ('.tiff', 'i2', 8, -1000), ('.tiff', 'i4', 1000, 0)])
@pytest.mark.parametrize('channels', [1, 3])
def test_deeper_files_keep_their_contrast(tmp_path, image, ending, dtype, gain, offset, channels):
    if channels == 3 and ending == '.pgm':
        ending = '.ppm'
    eight = image if channels == 3 else image[..., 1]
    stored = (eight * float(gain) + offset).round(3 if dtype[0] == 'f' else 0).astype(dtype)
    path = tmp_path / f'file{ending}'
    cv2.imwrite(str(path), stored)
    np.testing.assert_array_equal(read_stored(path), stored)
    found = read_image(path)
    assert found.shape == image.shape and found.dtype == np.uint8
    assert np.ptp(found) == 255
    flat = np.argsort(eight.ravel(), kind='stable')
    levels = found.ravel()[flat] if channels == 3 else found[..., 0].ravel()[flat]
    assert (np.diff(levels.astype(int)) >= 0).all()  # the order of values is kept


def test_a_file_without_numbers_is_named(tmp_path):
    cv2.imwrite(str(tmp_path / 'nan.tiff'), np.full((40, 40), np.nan, np.float32))
    with pytest.raises(DatasetError, match=r'nan\.tiff: the image has no value that is a finite'):
        read_image(tmp_path / 'nan.tiff')


def test_a_picture_of_too_many_pixels_is_named(tmp_path):
    chunk = b'IHDR' + struct.pack('>IIBBBBB', 60000, 60000, 8, 0, 0, 0, 0)
    (tmp_path / 'huge.png').write_bytes(
        b'\x89PNG\r\n\x1a\n' + struct.pack('>I', 13) + chunk
        + struct.pack('>I', zlib.crc32(chunk)) + bytes(64) + b'IEND\xaeB`\x82')
    with pytest.raises(DatasetError, match=r'huge\.png: not an image'):
        read_image(tmp_path / 'huge.png')
