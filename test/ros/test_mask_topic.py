# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which mask is an image's, without ROS."""
from types import SimpleNamespace

import numpy as np
import pytest
from support.image_messages import fields_of

from residual_features_ros.errors import ConfigError, ConversionError
from residual_features_ros.mask import Mask
from residual_features_ros.ros.mask_topic import KEPT, CameraMasks, MaskTopics

SHAPE = (40, 60)


def message(seconds, value=0, shape=SHAPE, encoding='mono8'):
    """Return an image or mask whose first pixel is `value` and whose others are 255."""
    pixels = np.full((*shape, 3), 255, np.uint8)
    pixels[0, 0] = value
    stamp = SimpleNamespace(sec=int(seconds), nanosec=round(seconds % 1 * 1e9))
    return SimpleNamespace(header=SimpleNamespace(stamp=stamp), **fields_of(pixels, encoding))


class Heard:
    """Masks of some cameras, and what became of the images."""

    def __init__(self, cameras=1, wait=False, file=None):
        self.delivered, self.lost, self.told = [], [], []
        self.masks = MaskTopics(
            [CameraMasks(f'/mask_{i}', file) for i in range(cameras)], wait,
            lambda *images: self.delivered.append(images[0].header.stamp.sec), self.lost.append,
            lambda _, words: self.told.append(words))

    def first_pixel(self, image):
        mask, = self.masks.of([image])
        return None if mask is None else bool(mask.allowed[0, 0])


def test_before_the_first_mask_an_image_has_that_of_the_file():
    assert Heard().masks.of([message(1)]) == [None]
    file = Mask(np.zeros(SHAPE, bool))
    assert Heard(file=file).masks.of([message(1)]) == [file]


@pytest.mark.parametrize(('file', 'before', 'after'), [
    (None, 'none', 'topic'), (Mask(np.zeros(SHAPE, bool)), 'file', 'file and topic')])
def test_what_is_in_force_is_told(file, before, after):
    masks = Heard(file=file).masks
    assert masks.in_force == before
    masks.take_mask(0, message(1))
    assert masks.in_force == after


def test_a_mask_of_either_camera_is_in_force():
    mask = Mask(np.zeros(SHAPE, bool))
    masks = MaskTopics([CameraMasks('/left'), CameraMasks('/right', mask)], False, print, print,
                       print)
    assert masks.in_force == 'file'


def test_masks_that_are_published_and_do_not_come_are_told_each():
    told = []
    masks = MaskTopics([CameraMasks(f'/mask_{i}', publishers=lambda: 1) for i in range(2)], False,
                       print, print, lambda *words: told.append(words))
    assert masks.of([message(1), message(1)]) == [None, None]
    assert told == [(topic, f'no mask has come on {topic} yet, though it is published: the image '
                     'is served without') for topic in ('/mask_0', '/mask_1')]
    for camera in range(2):
        masks.take_mask(camera, message(1))
    masks.of([message(1), message(1)])
    assert len(told) == 2


def test_the_mask_of_the_stamp_goes_before_the_newest():
    heard = Heard()
    heard.masks.take_mask(0, message(1, value=0))
    heard.masks.take_mask(0, message(1.1, value=9))
    assert heard.first_pixel(message(1)) is False
    assert heard.first_pixel(message(1.1)) is True
    assert heard.first_pixel(message(1.2)) is True and heard.told == []


def test_the_newest_is_what_came_last_also_after_a_bag_began_anew():
    heard = Heard()
    heard.masks.take_mask(0, message(9, value=9))
    heard.masks.take_mask(0, message(1, value=0))
    assert heard.first_pixel(message(1.1)) is False
    heard.masks.take_mask(0, message(9, value=0))  # of a stamp that was there before
    assert heard.first_pixel(message(9)) is False


def test_an_old_mask_serves_and_is_told():
    heard = Heard()
    heard.masks.take_mask(0, message(1))
    assert heard.first_pixel(message(13.5)) is False
    assert heard.told == ['the newest mask on /mask_0 is 12.5 s older than the image']


def test_images_that_wait_go_in_their_order_once_their_mask_is_there():
    heard = Heard(wait=True)
    for seconds in (1, 2, 3):
        heard.masks.take_images(message(seconds))
    heard.masks.take_mask(0, message(1))
    assert heard.delivered == [1]
    heard.masks.take_mask(0, message(3))
    assert heard.delivered == [1, 3]
    assert heard.lost == ['no mask of its stamp came on /mask_0']
    heard.masks.take_mask(0, message(4))
    heard.masks.take_images(message(4))
    assert heard.delivered == [1, 3, 4] and heard.first_pixel(message(4)) is False


def test_images_that_wait_in_vain_are_lost_with_the_reason():
    heard = Heard(wait=True)
    for seconds in range(KEPT + 3):
        heard.masks.take_images(message(seconds))
    assert heard.delivered == [] and heard.lost == ['no mask of its stamp came on /mask_0'] * 3


def test_a_pair_waits_for_the_masks_of_both_cameras():
    heard = Heard(cameras=2, wait=True)
    heard.masks.take_images(message(1), message(1.01))
    heard.masks.take_mask(0, message(1, value=9))
    assert heard.delivered == []
    heard.masks.take_mask(1, message(1.01, value=0))
    left, right = heard.masks.of([message(1), message(1.01)])
    assert heard.delivered == [1] and left.allowed[0, 0] and not right.allowed[0, 0]


def test_masks_do_not_pile_up():
    heard = Heard()
    for seconds in range(100):
        heard.masks.take_mask(0, message(seconds))
    assert len(heard.masks._cameras[0].messages) == KEPT


def test_the_mask_of_the_file_counts_as_well():
    below = np.ones(SHAPE, bool)
    below[30:] = False
    heard = Heard(file=Mask(below, 'mask body.png'))
    heard.masks.take_mask(0, message(1, value=0))
    mask, = heard.masks.of([message(1)])
    assert mask.allowed.sum() == 30 * 60 - 1
    assert mask.name == 'the mask on /mask_0 with mask body.png'


@pytest.mark.parametrize(('wrong', 'words'), [
    (message(1, encoding='bgr8'), 'a mask is mono8, got bgr8 on /mask_0'),
    (message(1, shape=(8, 8)), 'body.png is 60x40, the image 8x8'),
    (SimpleNamespace(**{**vars(message(1)), 'data': b'12'}), 'mask on /mask_0: truncated image')])
def test_what_is_no_mask_is_told(wrong, words):
    heard = Heard(file=Mask(np.zeros(SHAPE, bool), 'body.png'))
    heard.masks.take_mask(0, wrong)
    with pytest.raises((ConfigError, ConversionError), match=words):
        heard.masks.of([message(1)])
