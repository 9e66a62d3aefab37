# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros.errors import ConversionError
from residual_features_ros.ros.jpeg import END, decode_jpeg, jpeg_size

BGR = textured(160, 120)
GREY = cv2.cvtColor(BGR, cv2.COLOR_BGR2GRAY)


def encode(image, *options):
    return cv2.imencode('.jpg', image, options)[1].tobytes()


def decode(data):
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_ANYCOLOR)


JPEGS = {'grey': encode(GREY), 'colour': encode(BGR),
         'progressive': encode(BGR, cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
         'restarts': encode(BGR, cv2.IMWRITE_JPEG_RST_INTERVAL, 4)}
THUMBNAIL = b'\xff\xd8\xff\xe1' + (2 + len(JPEGS['grey'])).to_bytes(2, 'big') + JPEGS['grey']
JPEGS['thumbnail'] = THUMBNAIL + JPEGS['colour'][2:]


@pytest.mark.parametrize('kind', JPEGS)
@pytest.mark.parametrize('padding', [
    b'', bytes(3), bytes(1030), bytes(600_000), b'\xff' * 2000, JPEGS['grey'],
    JPEGS['colour'][:900], b'any bytes of the buffer \xff\xda\x00' * 50])
def test_what_lies_behind_the_end_is_left_alone(kind, padding):
    data = JPEGS[kind]
    np.testing.assert_array_equal(decode_jpeg(data + padding, decode), decode(data))


@pytest.mark.parametrize('kind', JPEGS)
@pytest.mark.parametrize('padding', [b'', bytes(1), bytes(5000), b'\xff' * 300])
def test_a_missing_end_marker_is_forgiven(kind, padding):
    data = JPEGS[kind]
    np.testing.assert_array_equal(decode_jpeg(data[:-2] + padding, decode), decode(data))


@pytest.mark.parametrize('kind', JPEGS)
@pytest.mark.parametrize('part', [0.5, 0.7, 0.9, 0.97])
@pytest.mark.parametrize('padding', [b'', bytes(5000), b'\xff' * 300, JPEGS['grey'][:700]])
def test_what_is_cut_off_is_refused(kind, part, padding):
    data = JPEGS[kind]
    with pytest.raises(ConversionError, match=r'lower part is missing'):
        decode_jpeg(data[:int(part * len(data))] + padding, decode)


@pytest.mark.parametrize('kind', ['grey', 'colour'])
@pytest.mark.parametrize('part', [0.5, 0.9])
def test_what_is_cut_off_and_ended_is_refused(kind, part):
    data = JPEGS[kind]
    with pytest.raises(ConversionError, match='truncated JPEG'):
        decode_jpeg(data[:int(part * len(data))] + END, decode)


def test_a_grey_corner_is_a_picture_too():
    image = BGR.copy()
    image[-32:, -32:] = 128
    assert (decode_jpeg(encode(image), decode)[-8:, -8:] == 128).all()


def test_motion_jpeg_has_no_huffman_tables():
    data, at = JPEGS['colour'], 2
    kept = data[:2]
    while data[at + 1] != 0xDA:
        size = 2 + int.from_bytes(data[at + 2:at + 4], 'big')
        kept += b'' if data[at + 1] == 0xC4 else data[at:at + size]
        at += size
    for padding in (b'', bytes(3000)):
        np.testing.assert_array_equal(decode_jpeg(kept + data[at:] + padding, decode),
                                      decode(data))


def test_the_size_is_that_of_the_frame_header():
    assert {jpeg_size(data) for data in JPEGS.values()} == {(160, 120)}
    with pytest.raises(ConversionError, match='no frame header'):
        jpeg_size(JPEGS['grey'][:30])


def test_what_the_decoder_cannot_read_is_none():
    assert decode_jpeg(b'\xff\xd8\xff\xff\xff', decode) is None
