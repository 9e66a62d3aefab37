# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is wrong in a bag is counted, and the rest is shown in order."""
import cv2
import numpy as np
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from support.bag_files import frames, stamp, write
from support.pictures import textured

from residual_features_ros.tools.bags import image_times
from residual_features_ros.tools.bags import images as counted
from residual_features_ros.tools.bags.images import BagImages
from residual_features_ros.tools.bags.rosbag import IMAGE, ImageBag, image_message


@pytest.fixture(scope='module')
def good():
    return frames(8)


def shown(tmp_path, items, **options):
    images = BagImages(ImageBag(write(tmp_path / 'bag', items), '/cam/image_raw'), **options)
    return [s for s, _ in images], images


def recorded(items):
    """Return messages with the times at which a recorder got them in this order."""
    return [(topic, kind, stamp(i), message) for i, (topic, kind, _, message) in enumerate(items)]


def test_all_are_shown_in_order(tmp_path, good):
    stamps, images = shown(tmp_path, good)
    assert stamps == [stamp(i) for i in range(8)]
    assert +images.counts == {counted.READ: 8, counted.SHOWN: 8}
    assert images.size == (320, 240) and images.expected() == 8
    assert [s for s, _ in images] == stamps  # and again


def test_step_and_limit(tmp_path, good):
    stamps, images = shown(tmp_path, good, step=3, limit=2)
    assert stamps == [stamp(0), stamp(3)]
    assert images.counts[counted.SHOWN] == 2 and images.expected() == 2
    assert images.counts[counted.SKIPPED] == 2 and images.counts[counted.AHEAD] == 4


def test_late_images_find_their_place(tmp_path, good):
    stamps, images = shown(tmp_path, recorded(good[i] for i in (0, 2, 1, 3, 4, 7, 5, 6)))
    assert stamps == [stamp(i) for i in range(8)]
    assert images.counts[image_times.REORDERED] == 3


def test_what_comes_far_too_late_or_twice_is_lost_and_counted(tmp_path, good, monkeypatch):
    monkeypatch.setattr(image_times, 'WINDOW', 2)
    stamps, images = shown(tmp_path, recorded(good[i] for i in (0, 2, 3, 4, 5, 1, 6, 6, 7)))
    assert stamps == [stamp(i) for i in (0, 2, 3, 4, 5, 6, 7)]
    assert images.counts[image_times.TOO_LATE] == 1 and images.counts[image_times.TWICE] == 1
    assert images.counts[counted.READ] == 9


def test_bad_images_are_counted(tmp_path, good):
    topic, kind, *_ = good[0]
    short = image_message(np.zeros((240, 320), np.uint8), stamp(20))
    short.data = short.data[:100]
    items = [*good[:3], (topic, kind, stamp(20), short), (topic, kind, stamp(21), b'\0\1\0\0abc'),
             (topic, kind, stamp(22), image_message(np.zeros((100, 100), np.uint8), stamp(22))),
             (topic, kind, stamp(23), image_message(np.zeros((8, 8), np.uint8), stamp(23))),
             good[3]]
    stamps, images = shown(tmp_path, items)
    assert stamps == [stamp(i) for i in range(4)]
    assert images.counts[counted.UNREADABLE] == 3 and images.counts[counted.OTHER_SIZE] == 1


def test_a_bag_without_stamps_gives_its_own_times(tmp_path):
    image = np.zeros((64, 64), np.uint8)
    stamps, images = shown(tmp_path, [('/cam/image_raw', IMAGE, t, image_message(image, 0))
                                      for t in (50, 60, 70)])
    assert stamps == [50, 60, 70] and images.counts[image_times.NO_STAMP] == 3


def test_a_truncated_bag_is_read_up_to_there(tmp_path, good):
    folder = write(tmp_path / 'bag', good)
    path = next(folder.glob('*.db3'))
    content = bytearray(path.read_bytes())
    page = len(content) * 6 // 10 // 4096 * 4096
    content[page:page + 3 * 4096] = b'\xff' * 3 * 4096
    path.write_bytes(content)
    images = BagImages(ImageBag(folder, ''))
    stamps = [s for s, _ in images]
    assert 0 < len(stamps) < 8 and 'malformed' in ' '.join(images.notes)


def test_a_bag_without_metadata_is_read_by_its_file(tmp_path, good):
    folder = write(tmp_path / 'bag', good, 'MCAP')
    (folder / 'metadata.yaml').unlink()
    assert len(list(BagImages(ImageBag(folder, '')))) == 8


def test_the_levels_of_deep_images_do_not_jump_and_begin_anew(tmp_path):
    scene = 7000 + 2 * cv2.cvtColor(textured(160, 120), cv2.COLOR_BGR2GRAY).astype(np.uint16)
    hot = scene.copy()
    hot[:30] = 12000  # a quarter of the image
    items = [('/cam/image_raw', IMAGE, stamp(i), image_message(image, stamp(i)))
             for i, image in enumerate([scene, hot])]
    images = BagImages(ImageBag(write(tmp_path / 'bag', items), ''))
    first, second = (image[30:].astype(int) for _, image in images)
    assert np.abs(second - first).max() <= 32
    assert images.encoding == 'mono16' and not images.luma_alone
    for (_, again), before in zip(images, (first, second), strict=True):
        np.testing.assert_array_equal(again[30:], before)
