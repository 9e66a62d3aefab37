# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One network for all of it, as a tiny made graph, through the whole extractor."""
import logging

import cv2
import numpy as np
import pytest
from support.needs import need_backend
from support.pictures import textured
from support.whole_networks import KEYPOINTS, METHOD, PLACES, SIZE, picture, write_whole

from residual_features_ros import create_extractor
from residual_features_ros.types import PyramidScales
from residual_features_ros.whole import Whole, batch_of, features_of

pytest.importorskip('onnx')


@pytest.fixture
def extractor(tmp_path):
    """Return an extractor with a made network, which finds what support.whole_networks says."""
    write_whole(tmp_path)
    return opened(tmp_path)


def opened(folder, most=KEYPOINTS, **settings):
    return create_extractor(METHOD, most, weights=str(folder), front_end='whole', **settings)


@pytest.mark.parametrize('backend', ['onnxruntime', 'openvino'])
def test_outputs_become_features(tmp_path, backend):
    need_backend(backend)
    write_whole(tmp_path)
    extractor = opened(tmp_path, backend=backend)
    found = extractor.extract(picture(7))
    assert len(found) == 7 and found.image_size == SIZE
    np.testing.assert_allclose(found.keypoints, PLACES[:7], atol=1e-4)
    assert found.responses.tolist() == [200 - i for i in range(7)]
    assert (found.sizes == 8).all() and (found.angles == -1).all() and (found.octaves == 1).all()
    np.testing.assert_array_equal(found.descriptors, np.eye(7, extractor.card.dim))
    assert found.octaves.dtype == np.int32 and found.descriptors.dtype == np.float32
    assert 'whole front end for 64x48' in extractor.backend_description
    split = create_extractor(METHOD)
    assert (extractor.scales, extractor.levels) == (PyramidScales(), split.levels)
    assert extractor.card.confidence == split.confidence is not None


def test_images_of_one_size_share_a_run(extractor):
    images = [picture(3, 50), picture(0), picture(9, 20, colour=False)]
    found = extractor.extract_batch(images)
    assert [len(features) for features in found] == [3, 0, 9]
    assert (found[0].responses[0], found[2].responses[0]) == (50, 20)
    assert found[1].descriptors.shape == (0, extractor.card.dim)
    assert [len(extractor.timings.ms[stage]) for stage in ('prepare', 'whole', 'h')] == [1, 1, 0]


def test_images_of_other_sizes_are_split_and_told_of_once(extractor, tmp_path, caplog):
    other, split = textured(160, 120), create_extractor(METHOD, KEYPOINTS)
    with caplog.at_level(logging.WARNING):
        found = [each.extract_batch([picture(3), other, picture(5)])
                 for each in (extractor, extractor.twin(), extractor)]
    assert [len(features) for features in found[0]] == [3, KEYPOINTS, 5]
    for _, features, _ in found:
        np.testing.assert_array_equal(features.keypoints, split.extract(other).keypoints)
    told, = [record.getMessage() for record in caplog.records if '160x120' in record.getMessage()]
    assert 'there are some of 64x48: front_end split takes them' in told
    assert f'export --whole {METHOD} --size 160x120' in told


def test_an_image_that_max_size_brings_to_its_size_is_taken(tmp_path):
    write_whole(tmp_path)
    extractor = opened(tmp_path, max_size=64)
    large = np.repeat(np.repeat(picture(4), 4, 0), 4, 1)
    found = extractor.extract(large)
    assert len(found) == 4 and found.image_size == (256, 192) and extractor.timings.ms['whole']
    np.testing.assert_allclose(found.keypoints, (PLACES[:4] + 0.5) * 4 - 0.5, atol=1e-3)


def test_the_strongest_stay_where_fewer_are_wanted(tmp_path):
    write_whole(tmp_path)
    found = opened(tmp_path, 3).extract(picture(8))
    np.testing.assert_allclose(found.keypoints, PLACES[:3], atol=1e-4)


def test_masks_choose_among_what_was_found(extractor, tmp_path, caplog):
    mask = np.full(SIZE[::-1], 255, np.uint8)
    mask[:, :20] = 0
    with caplog.at_level(logging.WARNING):
        half, whole = extractor.extract_batch([picture(KEYPOINTS)] * 2, [mask, None])
        extractor.extract(picture(KEYPOINTS), mask)
        extractor.extract(picture(3), mask)  # is less than wanted without a mask
    np.testing.assert_array_equal(half.keypoints, whole.keypoints[3:])
    assert len(caplog.records) == 1 and 'masks leave fewer keypoints than max_keypoints 10' \
        in caplog.text
    cv2.imwrite(str(tmp_path / 'mask.png'), mask)
    few = opened(tmp_path, 3, mask=str(tmp_path / 'mask.png')).extract(picture(KEYPOINTS))
    np.testing.assert_array_equal(few.keypoints, whole.keypoints[3:6])


def test_each_image_of_a_call_has_its_own_mask(extractor):
    images = [textured(160, 120), picture(KEYPOINTS), picture(KEYPOINTS)]
    masks = [np.full(image.shape[:2], 255, np.uint8) for image in images]
    masks[0][:, :80] = masks[1][:, :20] = masks[2][:, 20:] = 0
    split, right, left = extractor.extract_batch(images, masks)
    assert len(split) and (split.keypoints[:, 0] >= 80).all()
    np.testing.assert_allclose(right.keypoints, PLACES[3:], atol=1e-4)
    np.testing.assert_allclose(left.keypoints, PLACES[:3], atol=1e-4)


def test_it_warms_up_with_an_image_of_its_size(extractor, caplog):
    with caplog.at_level(logging.WARNING):
        blank = extractor.warm_up()
    assert blank.image_size == SIZE and not len(blank) and not caplog.records
    assert extractor.timings.ms['whole'] and not extractor.timings.ms['h']


def test_threads_share_networks_and_are_timed_apart(extractor):
    twin = extractor.twin()
    twin.extract(picture(4))
    assert len(twin.timings.ms['whole']) == 1 and not extractor.timings.ms['whole']
    assert isinstance(twin._pipeline, Whole)
    assert twin._pipeline._networks is extractor._pipeline._networks


def test_batches_are_rgb_or_grey():
    image = textured()
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    rgb, single = batch_of([image, grey], 3), batch_of([image, grey], 1)
    assert rgb.shape == (2, 3, 240, 320) and single.shape == (2, 1, 240, 320)
    assert rgb.dtype == single.dtype == np.uint8
    np.testing.assert_array_equal(rgb[0], image[..., ::-1].transpose(2, 0, 1))
    assert (rgb[1] == grey).all() and (single == grey).all()


def test_what_is_behind_the_count_is_no_feature():
    found = {name: np.zeros((2, 5), np.float32) for name in ('scores', 'sizes', 'angles')}
    found |= {'keypoints': np.ones((2, 5, 2), np.float32), 'octaves': np.zeros((2, 5), np.int32),
              'descriptors': np.ones((2, 5, 32), np.uint8), 'count': np.int32([5, 2])}
    second = features_of(found, 1, (9, 8))
    assert second.keypoints.shape == (2, 2) and second.descriptors.shape == (2, 32)
    assert second.image_size == (9, 8) and second.responses.shape == (2,)
