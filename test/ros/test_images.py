# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import array
import struct
import sys
import tracemalloc
import zlib
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from support.image_messages import compressed_message, fields_of, image_message
from support.pictures import textured

from residual_features_ros.errors import ConversionError
from residual_features_ros.ros.images import ENCODINGS, image_from_message, image_layout

BGR = textured(64, 48)
GREY = cv2.cvtColor(BGR, cv2.COLOR_BGR2GRAY)
EXACT_GREY = ('mono8', '8UC1', 'mono16', '16UC1')
SMOOTH = cv2.resize(np.random.default_rng(0).integers(0, 256, (3, 4, 3), np.uint8), (64, 48),
                    interpolation=cv2.INTER_LINEAR)


@pytest.mark.parametrize('padding', [0, 12])
@pytest.mark.parametrize('big_endian', [False, True])
@pytest.mark.parametrize('encoding', ENCODINGS)
def test_every_encoding(encoding, big_endian, padding):
    # Colour is lost between pixels of Bayer patterns and 4:2:2: a smooth image keeps it.
    lossy = encoding.startswith(('bayer', 'yuv', 'uyvy', 'yuyv'))
    bgr = SMOOTH if lossy else BGR
    image = image_from_message(
        image_message(bgr, encoding, padding=padding, big_endian=big_endian))
    assert image.dtype == np.uint8
    if encoding in EXACT_GREY:
        np.testing.assert_array_equal(image, GREY)
    elif encoding == '32FC1':  # stretched from its least to its greatest value
        low, high = int(GREY.min()), int(GREY.max())
        np.testing.assert_allclose(image, (GREY - float(low)) * 255 / (high - low), atol=0.51)
    elif lossy:
        assert np.abs(image[2:-2, 2:-2].astype(int) - bgr[2:-2, 2:-2]).mean() < 4
    else:
        np.testing.assert_array_equal(image, BGR)


@pytest.mark.parametrize(('array_', 'encoding', 'step'), [(BGR, 'bgr8', 192), (GREY, 'mono8', 64)])
def test_the_layout_of_an_array_is_read_back(array_, encoding, step):
    message = SimpleNamespace(data=array_.tobytes(), **image_layout(array_))
    assert (message.encoding, message.width, message.height, message.step) == \
        (encoding, 64, 48, step)
    np.testing.assert_array_equal(image_from_message(message), array_)


@pytest.mark.parametrize('bits', [9, 10, 12, 14, 16])
def test_deep_images_keep_the_eight_highest_bits_in_use(bits):
    values = np.array([[0, (1 << bits) - 1], [1 << (bits - 1), 1]], '<u2')
    message = SimpleNamespace(height=2, width=2, encoding='mono16', is_bigendian=0, step=4,
                              data=values.tobytes())
    np.testing.assert_array_equal(image_from_message(message), [[0, 255], [128, 0]])


def test_a_flat_float_image_is_black():
    message = image_message(np.full((48, 64, 3), 7, np.uint8), '32FC1')
    assert not image_from_message(message).any()


@pytest.mark.parametrize('container', [bytes, lambda b: array.array('B', b),
                                       lambda b: np.frombuffer(b, np.uint8), memoryview])
def test_any_buffer_will_do(container):
    fields = fields_of(BGR, 'bgr8')
    message = SimpleNamespace(**{**fields, 'data': container(fields['data'])})
    np.testing.assert_array_equal(image_from_message(message), BGR)


def test_the_last_row_needs_no_padding():
    fields = fields_of(BGR, 'bgr8', padding=5)
    message = SimpleNamespace(**{**fields, 'data': fields['data'][:-5]})
    np.testing.assert_array_equal(image_from_message(message), BGR)


def png(image):
    return cv2.imencode('.png', image)[1].tobytes()


def jpeg(image):
    return cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def test_compressed():
    np.testing.assert_array_equal(image_from_message(compressed_message(png(BGR))), BGR)
    np.testing.assert_array_equal(image_from_message(compressed_message(png(GREY))), GREY)
    deep = GREY.astype(np.uint16) << 8
    np.testing.assert_array_equal(image_from_message(compressed_message(png(deep))), GREY)
    alpha = cv2.cvtColor(BGR, cv2.COLOR_BGR2BGRA)
    np.testing.assert_array_equal(image_from_message(compressed_message(png(alpha))), BGR)
    for image in (GREY, BGR):
        decoded = image_from_message(compressed_message(jpeg(image)))
        assert decoded.shape == image.shape
        assert np.abs(decoded.astype(int) - image).mean() < 6
    # Webcams fill their buffer up with zeros.
    assert image_from_message(compressed_message(jpeg(BGR) + bytes(200))).shape == BGR.shape


def huge_png(side=40000):
    header = struct.pack('>IIBBBBB', side, side, 8, 0, 0, 0, 0)
    chunk = b'IHDR' + header
    return (b'\x89PNG\r\n\x1a\n' + struct.pack('>I', 13) + chunk
            + struct.pack('>I', zlib.crc32(chunk)) + bytes(64) + b'IEND\xaeB`\x82')


@pytest.mark.parametrize('data, words', [
    (b'', 'empty'),
    (b'GIF89a, not an image of ours', 'neither JPEG nor PNG'),
    (jpeg(BGR)[:len(jpeg(BGR)) // 2], 'truncated'),
    (jpeg(BGR)[:30], 'JPEG'),
    (png(BGR)[:len(png(BGR)) // 2], 'truncated'),
    (png(BGR)[:20], 'truncated'),
    (png(BGR)[:60] + bytes(100) + png(BGR)[160:], 'corrupt'),
    (huge_png(), 'more than'),
])
def test_bad_compressed_images(data, words):
    with pytest.raises(ConversionError, match=words):
        image_from_message(compressed_message(data))


@pytest.mark.parametrize('changes, words', [
    ({'height': 0}, 'empty'),
    ({'width': 0}, 'empty'),
    ({'data': b''}, 'truncated'),
    ({'data': bytes(48 * 64 * 3 - 1)}, 'truncated'),
    ({'step': 64}, 'step of 64 bytes is too small'),
    ({'step': 0}, 'step'),
    ({'encoding': 'mono9'}, r'mono8.*known: .*yuyv'),
    ({'encoding': ''}, 'unknown image encoding'),
    ({'width': 2**32 - 1, 'height': 2**32 - 1, 'step': 2**32 - 1}, 'more than'),
    ({'width': 2**32 - 1, 'height': 1, 'step': 2**32 - 1}, 'more than'),
    ({'width': 8000, 'height': 8000, 'step': 24000}, 'truncated'),
    ({'encoding': 'yuyv', 'width': 63}, 'could not be converted'),
    ({'data': [1, 2, 3]}, 'could not be converted'),
    ({'encoding': ['bgr8']}, 'could not be converted'),
])
def test_bad_images(changes, words):
    message = SimpleNamespace(**{**fields_of(BGR, 'bgr8'), **changes})
    with pytest.raises(ConversionError, match=words):
        image_from_message(message)


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_floats_that_are_no_numbers(value):
    fields = fields_of(BGR, '32FC1')
    values = np.frombuffer(fields['data'], '<f4').copy()
    values[7] = value
    with pytest.raises(ConversionError, match='NaN or infinite'):
        image_from_message(SimpleNamespace(**{**fields, 'data': values.tobytes()}))


def random_message(rng):
    """Return a message that is wrong in one of many ways, or, rarely, right."""
    if rng.random() < 0.3:
        data = bytearray((png, jpeg)[rng.integers(2)](BGR))
        for at in rng.integers(0, len(data), rng.integers(0, 8)):
            data[at] = rng.integers(256)
        cut = len(data) if rng.random() < 0.5 else int(rng.integers(len(data)))
        return compressed_message(bytes(data[:cut]))
    sizes = [0, 1, 2, 3, 31, 32, 63, 64, 4096, 65535, 2**31, 2**32 - 1]
    fields = fields_of(BGR, str(rng.choice(list(ENCODINGS))), padding=int(rng.integers(3)),
                       big_endian=bool(rng.integers(2)))
    if rng.random() < 0.5:  # any bits, as floats too
        fields['data'] = rng.bytes(len(fields['data']))
    for name in rng.choice(['height', 'width', 'step', 'encoding', 'data'],
                           rng.integers(0, 4), replace=False):
        if name == 'data':
            fields['data'] = rng.bytes(int(rng.choice([0, 1, 100, 9216, 20000])))
        elif name == 'encoding':
            fields['encoding'] = str(rng.choice([*ENCODINGS, '', 'nv21', 'bgr8 ', '\x00', 'ä']))
        else:
            fields[name] = int(rng.choice(sizes))
    return SimpleNamespace(**fields)


def test_malformed_messages_raise_one_exception_and_no_memory():
    rng = np.random.default_rng(2026)
    converted = refused = 0
    tracemalloc.start()
    for _ in range(2000):
        try:
            image = image_from_message(random_message(rng))
        except ConversionError as error:
            assert str(error)
            refused += 1
        else:
            assert image.dtype == np.uint8 and image.ndim in (2, 3) and image.size
            converted += 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert converted > 100 and refused > 500
    assert peak < 50e6


class StandInForCvBridge:
    """cv_bridge needs a ROS installation; this has its one method and its kinds of failure."""

    def imgmsg_to_cv2(self, message, encoding):
        assert encoding == 'bgr8'
        if not len(message.data):
            raise TypeError('buffer is too small')
        return np.full((message.height, message.width, 3), 7, np.uint8)


def test_an_encoding_that_is_not_ours_is_handed_to_cv_bridge(monkeypatch):
    module = SimpleNamespace(CvBridge=StandInForCvBridge)
    monkeypatch.setitem(sys.modules, 'cv_bridge', module)
    message = SimpleNamespace(height=40, width=50, encoding='nv21', is_bigendian=0, step=50,
                              data=b'x' * 3000)
    assert image_from_message(message).shape == (40, 50, 3)
    message.data = b''
    with pytest.raises(ConversionError, match=r'nv21.*buffer is too small'):
        image_from_message(message)
    monkeypatch.setitem(sys.modules, 'cv_bridge', None)
    with pytest.raises(ConversionError, match=r'nv21.*cv_bridge does not import'):
        image_from_message(message)
