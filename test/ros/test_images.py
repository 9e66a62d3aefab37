# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import array
import sys
import tracemalloc
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from support.image_messages import (
    PLANES,
    compressed_message,
    fields_of,
    image_message,
    pixels_of,
)
from support.pictures import textured

from residual_features_ros.errors import ConversionError
from residual_features_ros.grey_levels import LevelMemory, to_grey_levels
from residual_features_ros.ros.encodings import BAYER, ENCODINGS
from residual_features_ros.ros.images import (
    depth_from_message,
    image_from_message,
    image_layout,
)

BGR = textured(64, 48)
GREY = cv2.cvtColor(BGR, cv2.COLOR_BGR2GRAY)
SMOOTH = cv2.resize(np.random.default_rng(0).integers(0, 256, (3, 4, 3), np.uint8), (64, 48),
                    interpolation=cv2.INTER_LINEAR)


@pytest.mark.parametrize('padding', [0, 12])
@pytest.mark.parametrize('big_endian', [False, True])
@pytest.mark.parametrize('encoding', ENCODINGS)
def test_every_encoding(encoding, big_endian, padding):
    # Colour is lost between pixels of Bayer patterns and 4:2:2: a smooth image keeps it.
    lossy = encoding.startswith(('bayer', 'yuv4', 'uyvy', 'yuyv')) and encoding != 'yuv444'
    bgr = SMOOTH if lossy else BGR
    image = image_from_message(
        image_message(bgr, encoding, padding=padding, big_endian=big_endian))
    assert image.dtype == np.uint8
    expected = GREY if image.ndim == 2 else bgr
    if ENCODINGS[encoding].dtype not in ('u1', 'i1'):
        # One range for all channels of the raw image.
        raw = pixels_of(bgr, encoding)
        if raw.ndim == 3:
            raw = raw[..., 0] if encoding.endswith('C2') else raw[..., :3]
        expected = stretched(expected, to_grey_levels(raw).ravel(), raw.ravel())
    if lossy:
        assert np.abs(image[2:-2, 2:-2].astype(int) - expected[2:-2, 2:-2]).mean() < 5
    else:
        np.testing.assert_array_equal(image, expected)


def stretched(image, levels, raw):
    """Return an image by the curve that its raw values have."""
    values, first = np.unique(raw, return_index=True)
    unit = 1 / 255 if values[-1] <= 1 else 16 if values[-1] <= 255 * 16 else 256
    return np.rint(np.interp(image, values / unit, levels[first])).astype(np.uint8)


@pytest.mark.parametrize('name', ['MONO8', ' mono8 ', '8uc1', 'Mono8', 'GREY', 'y8'])
def test_names_of_drivers(name):
    fields = {**fields_of(BGR, 'mono8'), 'encoding': name}
    np.testing.assert_array_equal(image_from_message(SimpleNamespace(**fields)), GREY)


@pytest.mark.parametrize('encoding', PLANES)
def test_planes_whose_step_counts_all_planes(encoding):
    fields = fields_of(BGR, encoding)
    fields['step'] = int(fields['step'] * PLANES[encoding])
    np.testing.assert_array_equal(image_from_message(SimpleNamespace(**fields)), GREY)
    fields['data'] = fields['data'][:-1]
    with pytest.raises(ConversionError, match=f'truncated image: 64x48 {encoding}'):
        image_from_message(SimpleNamespace(**fields))


@pytest.mark.parametrize('encoding', ['jpeg', 'png', 'MJPEG'])
def test_a_picture_in_a_raw_message(encoding):
    fields = {**fields_of(BGR, 'bgr8'), 'encoding': encoding, 'data': png(BGR)}
    np.testing.assert_array_equal(image_from_message(SimpleNamespace(**fields)), BGR)
    fields['width'] = 65
    with pytest.raises(ConversionError, match=r'image of 65x48 holds a .* of 64x48'):
        image_from_message(SimpleNamespace(**fields))


def test_values_that_are_no_numbers_are_black():
    fields = fields_of(BGR, '32FC1')
    values = np.frombuffer(fields['data'], '<f4').copy()
    whole = image_from_message(SimpleNamespace(**fields)).ravel()
    values[[7, 8, 9]] = np.nan, np.inf, -np.inf
    image = image_from_message(SimpleNamespace(**{**fields, 'data': values.tobytes()})).ravel()
    assert image[7:10].tolist() == [0, 255, 0]
    assert np.abs(image[10:].astype(int) - whole[10:]).max() <= 2
    values[:] = np.nan
    with pytest.raises(ConversionError, match='no value that is a finite number'):
        image_from_message(SimpleNamespace(**{**fields, 'data': values.tobytes()}))


def test_images_of_one_camera_share_their_levels():
    def message(values):
        return SimpleNamespace(height=48, width=64, encoding='mono16', is_bigendian=0, step=128,
                               data=values.astype('<u2').tobytes())

    scene = 7000 + 2 * GREY.astype(int)
    hot = scene.copy()
    hot[:12] = 12000  # a quarter of the image
    memory = LevelMemory()
    before, after = (image_from_message(message(v), memory)[12:] for v in (scene, hot))
    alone = image_from_message(message(hot))[12:]
    far, near = (np.abs(v.astype(int) - before).max() for v in (alone, after))
    assert near <= 32 < far
    eight = image_from_message(image_message(BGR, 'mono8'), memory)
    np.testing.assert_array_equal(eight, GREY)


@pytest.mark.parametrize(('array_', 'encoding', 'step'), [(BGR, 'bgr8', 192), (GREY, 'mono8', 64)])
def test_the_layout_of_an_array_is_read_back(array_, encoding, step):
    message = SimpleNamespace(data=array_.tobytes(), **image_layout(array_))
    assert (message.encoding, message.width, message.height, message.step) == \
        (encoding, 64, 48, step)
    np.testing.assert_array_equal(image_from_message(message), array_)


@pytest.mark.parametrize('dtype', ['u2', 'f4', 'i2', 'i4', 'f8', 'i1'])
@pytest.mark.parametrize('channels', [1, 3])
def test_the_layout_of_deeper_arrays(dtype, channels):
    values = pixels_of(BGR, 'mono16' if channels == 1 else 'bgr16').astype(dtype)
    message = SimpleNamespace(data=values.tobytes(), **image_layout(values))
    np.testing.assert_array_equal(image_from_message(message), to_grey_levels(values))


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


def tiff(image):
    return cv2.imencode('.tiff', image)[1].tobytes()


def jpeg(image):
    return cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def test_compressed():
    np.testing.assert_array_equal(image_from_message(compressed_message(png(BGR))), BGR)
    deep = GREY.astype(np.uint16) << 4
    np.testing.assert_array_equal(image_from_message(compressed_message(png(deep))),
                                  to_grey_levels(deep))


@pytest.mark.parametrize('pattern', BAYER)
@pytest.mark.parametrize(('ending', 'bits'), [('png', 8), ('jpeg', 8), ('png', 16)])
def test_compressed_mosaics_are_as_raw_ones(pattern, ending, bits):
    encoding = f'bayer_{pattern}{bits}'
    raw = image_from_message(image_message(SMOOTH, encoding))
    packed = image_from_message(compressed_message(
        {'png': png, 'jpeg': jpeg}[ending](pixels_of(SMOOTH, encoding)),
        f'{encoding}; {ending} compressed '))
    assert packed.shape == raw.shape
    assert np.abs(packed.astype(int) - raw).mean() < (3 if ending == 'jpeg' else 1e-9)


@pytest.mark.parametrize('changes, words', [
    ({'height': 0}, 'empty'),
    ({'width': 0}, 'empty'),
    ({'data': b''}, 'truncated'),
    ({'data': bytes(48 * 64 * 3 - 1)}, 'truncated'),
    ({'step': 64}, 'step of 64 bytes is too small'),
    ({'step': 0}, 'step'),
    ({'encoding': 'mono9'}, r'mono8.*known are those of'),
    ({'encoding': ''}, 'unknown image encoding'),
    ({'width': 2**32 - 1, 'height': 2**32 - 1, 'step': 2**32 - 1}, 'more than'),
    ({'width': 2**32 - 1, 'height': 1, 'step': 2**32 - 1}, 'more than'),
    ({'width': 8000, 'height': 8000, 'step': 24000}, 'truncated'),
    ({'encoding': 'yuyv', 'width': 63}, 'could not be converted'),
    ({'data': [1, 2, 3]}, 'could not be converted'),
    ({'encoding': ['bgr8']}, 'could not be converted'),
    ({'encoding': 'mono12p'}, 'mono12p'),
    ({'encoding': '8UC5'}, "'8UC5'.*did you mean"),
])
def test_bad_images(changes, words):
    message = SimpleNamespace(**{**fields_of(BGR, 'bgr8'), **changes})
    with pytest.raises(ConversionError, match=words):
        image_from_message(message)


def random_message(rng):
    """Return a message that is wrong in one of many ways, or, rarely, right."""
    if rng.random() < 0.3:
        data = bytearray((png, jpeg, tiff)[rng.integers(3)](BGR))
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
            fields['encoding'] = str(rng.choice([*ENCODINGS, '', 'bgr8 ', 'jpeg', '\x00', 'ä']))
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
    message = SimpleNamespace(height=40, width=50, encoding='nv99', is_bigendian=0, step=50,
                              data=b'x' * 3000)
    assert image_from_message(message).shape == (40, 50, 3)
    message.data = b''
    with pytest.raises(ConversionError, match=r'nv99.*buffer is too small'):
        image_from_message(message)
    monkeypatch.setitem(sys.modules, 'cv_bridge', None)
    with pytest.raises(ConversionError, match=r'nv99.*cv_bridge does not import'):
        image_from_message(message)


@pytest.mark.parametrize(('encoding', 'kind'), [
    ('16UC1', np.uint16), ('mono16', np.uint16), ('32FC1', np.float32)])
def test_depths_are_read_as_they_are(encoding, kind):
    values = np.arange(12).reshape(3, 4).astype(kind)
    padded = np.zeros((3, 6), kind)
    padded[:, :4] = values
    for big in (False, True):
        data = padded.astype(padded.dtype.newbyteorder('>' if big else '<')).tobytes()
        message = SimpleNamespace(height=3, width=4, step=6 * values.itemsize, encoding=encoding,
                                  is_bigendian=big, data=data)
        depths = depth_from_message(message)
        np.testing.assert_array_equal(depths, values)
        assert depths.dtype.name == np.dtype(kind).name


@pytest.mark.parametrize(('changes', 'words'), [
    ({'encoding': 'bgr8'}, 'its encoding is bgr8'), ({'encoding': 'bayer_rggb16'}, 'bayer'),
    ({'encoding': '8UC1'}, '8UC1'), ({'data': bytes(23)}, 'truncated'), ({'step': 3}, 'step'),
    ({'encoding': 'depths'}, 'depths'), ({'data': None}, 'not an image of depths')])
def test_what_has_no_depths_is_refused(changes, words):
    message = SimpleNamespace(**{'height': 3, 'width': 4, 'step': 8, 'encoding': '16UC1',
                                 'is_bigendian': False, 'data': bytes(24), **changes})
    with pytest.raises(ConversionError, match=words):
        depth_from_message(message)
