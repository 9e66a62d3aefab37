# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which mask of a bag is an image's, and which topics are no masks."""
import numpy as np
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from support.bag_files import stamp, write

from residual_features_ros.errors import CommandError, ConfigError
from residual_features_ros.mask import Mask
from residual_features_ros.tools.bags.image_times import Timed
from residual_features_ros.tools.bags.masks import (
    NONE,
    OF_STAMP,
    OLDER,
    BagMask,
    BagMasks,
    read_masks,
)
from residual_features_ros.tools.bags.rosbag import IMAGE, ImageBag, image_message

SHAPE = (40, 61)  # no multiple of 8 pixels


def mask(i):
    """Return a mask that allows pixel i alone."""
    allowed = np.zeros(SHAPE, bool)
    allowed.flat[i] = True
    return Mask(allowed)


def masks_at(*times):
    """Return masks with the stamp and the bag time, in frames, of each pair."""
    return BagMasks('/m', [BagMask.of(stamp(bag), 0 if own is None else stamp(own), mask(i))
                           for i, (own, bag) in enumerate(times)])


def found(masks, own, bag=None):
    """Return the number of the mask of an image with a stamp and a bag time, in frames."""
    stamp_ns, bag_ns = (0 if own is None else stamp(own)), stamp(own if bag is None else bag)
    packed = masks.of(Timed(stamp_ns, stamp_ns, bag_ns, None), SHAPE)
    return None if packed is None else int(np.flatnonzero(packed.mask().allowed)[0])


def picture(pixels, i, topic='/m', **changes):
    message = image_message(np.asarray(pixels, np.uint8), stamp(i))
    for name, value in changes.items():
        setattr(message, name, value)
    return topic, IMAGE, stamp(i), message


def read(folder, *items):
    notes = []
    images = [picture(np.zeros(SHAPE), i, '/images') for i in range(2)]
    bag = ImageBag(write(folder / 'bag', [*images, *items]), '', mask_topic='/m')
    assert bag.topic == '/images'
    return read_masks(bag, '/m', notes), notes


def test_a_mask_comes_back_as_it_was():
    allowed = np.random.default_rng(3).random(SHAPE) > 0.5
    np.testing.assert_array_equal(BagMask.of(1, 2, Mask(allowed)).mask().allowed, allowed)


def test_the_mask_of_the_stamp_counts_whenever_it_was_recorded():
    masks = masks_at((0, 5), (2, 5), (1, 9))
    assert [found(masks, i) for i in range(3)] == [0, 2, 1]
    assert masks.counts == {OF_STAMP: 3, OLDER: 0, NONE: 0}
    assert masks.notes() == ['masks of /m: 3 images had the one of their stamp, 0 an older one, '
                             '0 none']


def test_else_it_is_the_newest_that_had_come():
    masks = masks_at((1, 1), (3, 3))
    assert [found(masks, i) for i in (0, 1, 2, 3, 9)] == [None, 0, 0, 1, 1]
    assert masks.notes() == ['masks of /m: 2 images had the one of their stamp, 2 an older one '
                             '(up to 0.6 s), 1 none']


def test_a_bag_that_began_anew_has_the_masks_of_its_own_round():
    masks = masks_at((0, 0), (1, 1), (0, 50), (1, 51))
    assert [found(masks, 0, 0), found(masks, 1, 51), found(masks, 0, 50)] == [0, 3, 2]


def test_masks_without_stamps_are_taken_as_they_came():
    masks = masks_at((None, 1), (None, 3))
    assert [found(masks, None, bag) for bag in (0, 2, 4)] == [None, 0, 1]
    assert [found(masks, i) for i in (2, 4)] == [0, 1]
    assert masks.counts[OF_STAMP] == 0


def test_masks_of_another_size_are_left_out_and_told():
    small = BagMask.of(stamp(2), stamp(2), Mask(np.ones((8, 9), bool), 'the mask on /m'))
    masks = BagMasks('/m', [BagMask.of(stamp(1), stamp(1), mask(7)), small])
    assert found(masks, 2) == 7
    assert '1 masks of /m are of another size than the images' in masks.notes()[1]
    with pytest.raises(ConfigError, match='the mask on /m is 9x8, the image 61x40'):
        found(BagMasks('/m', [small]), 2)


def test_masks_are_read_and_wrong_ones_told(tmp_path):
    masks, notes = read(tmp_path, picture(mask(5).allowed, 0), picture(np.zeros((*SHAPE, 3)), 1))
    assert found(masks, 1) == 5 and masks.counts[OLDER] == 1
    assert notes == ['1 masks of /m are not readable and left out; the first: a mask is mono8, '
                     'got bgr8 on /m']


def test_a_topic_without_a_mask_is_refused(tmp_path):
    with pytest.raises(CommandError, match=r'not one of its 2 images is a mask; .*h264'):
        read(tmp_path, *(picture(np.zeros(SHAPE), i, encoding='h264') for i in range(2)))


def test_a_topic_that_was_silent_has_no_mask():
    masks = BagMasks('/m', [])
    assert found(masks, 0) is None and masks.counts[NONE] == 1
