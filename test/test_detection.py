# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import numpy as np
import pytest
from support.needs import need_backend
from support.pictures import textured

from residual_features_ros import create_extractor, create_matcher, detection
from residual_features_ros.backends import BACKENDS
from residual_features_ros.detection import DetectorCard, find
from residual_features_ros.errors import ModelCardError
from residual_features_ros.model_card import load_card

CARD = DetectorCard(threshold=0.1, nms_radius=1, border=0, size=10.0)


def scores(size, *points):
    """Return a map of zeros (height, width) with values at pixels (x, y, value)."""
    width, height = size
    found = np.zeros((height, width), np.float32)
    for x, y, value in points:
        found[y, x] = value
    return found


def places(features):
    return features.keypoints.tolist()


def test_peaks_by_hand():
    maps = {'scores': scores((9, 7), (2, 2, 0.5), (3, 2, 0.4), (6, 5, 0.9), (0, 6, 0.1))}
    found = find(maps, CARD, (9, 7), 10)
    assert places(found) == [[6, 5], [2, 2]]  # beside a larger one; not above the threshold
    np.testing.assert_allclose(found.responses, [0.9, 0.5])
    assert (found.sizes == 10).all() and (found.angles == -1).all() and not found.octaves.any()
    assert found.image_size == (9, 7) and found.descriptors.shape == (2, 0)
    assert places(find(maps, CARD, (9, 7), 1)) == [[6, 5]]
    assert [array.dtype for array in (found.keypoints, found.sizes, found.angles, found.responses,
                                      found.octaves)] == [np.float32] * 4 + [np.int32]


def test_a_radius_suppresses_a_square():
    maps = {'scores': scores((12, 12), (3, 3, 0.9), (5, 5, 0.8), (6, 3, 0.7))}
    for radius, expected in ((1, 3), (2, 1), (3, 1)):  # what is suppressed suppresses too
        card = DetectorCard(threshold=0.1, nms_radius=radius, border=0)
        assert len(find(maps, card, (12, 12), 10)) == expected
    assert len(find(maps, DetectorCard(threshold=0.1, nms_radius=0, border=0), (12, 12), 9)) == 3


def test_of_equal_scores_the_first_stays():
    flat = {'scores': np.full((6, 8), 0.5, np.float32)}
    assert places(find(flat, CARD, (8, 6), 99)) == [[0, 0]]
    pair = {'scores': scores((8, 6), (4, 3, 0.5), (3, 3, 0.5), (7, 5, 0.5))}
    assert places(find(pair, CARD, (8, 6), 9)) == [[3, 3], [7, 5]]


@pytest.mark.parametrize('radius', [1, 3])
def test_few_and_many_equal_scores_are_treated_alike(radius, monkeypatch):
    coarse = np.round(cv2.GaussianBlur(np.random.default_rng(0).random((60, 80), np.float32),
                                       (0, 0), 1), 2)
    card = DetectorCard(threshold=0.5, nms_radius=radius, border=0)
    found = []
    for most in (0, 10**6):
        monkeypatch.setattr(detection, 'MOST_PAIRED', most)
        found.append(places(find({'scores': coarse}, card, (80, 60), 999)))
    assert found[0] == found[1] and len(found[0]) > 20
    apart = np.abs(np.array(found[0])[:, None] - np.array(found[0])).max(2)
    assert apart[~np.eye(len(apart), dtype=bool)].min() > radius


@pytest.mark.parametrize('border', [0, 1, 3])
def test_the_border_has_no_keypoints(border):
    maps = {'scores': scores((9, 9), (0, 4, 0.5), (2, 2, 0.6), (4, 8, 0.5), (4, 4, 0.5))}
    card = DetectorCard(threshold=0.1, nms_radius=1, border=border)
    assert len(find(maps, card, (9, 9), 9)) == {0: 4, 1: 2, 3: 1}[border]
    assert len(find(maps, DetectorCard(border=9), (9, 9), 9)) == 0


def test_padding_beyond_the_image_has_no_keypoints():
    maps = {'scores': scores((16, 8), (12, 3, 0.9), (10, 3, 0.5))}
    found = find(maps, CARD, (11, 7), 9)
    assert places(found) == [[10, 3]] and found.image_size == (11, 7)


def test_the_softmax_mean_by_hand():
    card = DetectorCard(threshold=0.1, nms_radius=2, border=0, softargmax_radius=1,
                        softargmax_temperature=0.5)
    maps = {'scores': scores((7, 7), (3, 3, 1.0), (4, 3, 0.5), (0, 0, 0.8))}
    found = find(maps, card, (7, 7), 9)
    weights = np.exp(np.array([1.0, 0.5] + [0.0] * 7) / 0.5)
    along = (weights[1] + 2 - 3) / weights.sum()  # 1 at (4, 3), 0 at 2 more there, 3 on the left
    np.testing.assert_allclose(found.keypoints[0], [3 + along, 3], atol=1e-6)
    corner = 2 * 1 / (np.exp(1.6) + 3)  # of 4 pixels in the image 2 are one step away
    np.testing.assert_allclose(found.keypoints[1], [corner, corner], atol=1e-6)


def test_scale_and_orientation_are_read_at_the_peak():
    maps = {'scores': scores((8, 8), (2, 3, 0.5), (6, 6, 0.9)),
            'scale': np.full((8, 8), 2, np.float32),
            'orientation': np.zeros((2, 8, 8), np.float32)}
    maps['scale'][3, 2] = 0.5
    maps['orientation'][:, 3, 2] = 0, -3
    maps['orientation'][:, 6, 6] = 1, -1e-9
    found = find(maps, CARD, (8, 8), 9)
    np.testing.assert_allclose(found.sizes, [20, 5])
    np.testing.assert_allclose(found.angles, [0, 270], atol=1e-4)


def test_a_network_that_saw_a_smaller_image():
    maps = {'scores': scores((8, 8), (2, 3, 0.5)), 'scale': np.ones((8, 8), np.float32)}
    found = find(maps, CARD, (15, 14), 9, shrink=2)
    assert places(found) == [[4.5, 6.5]] and found.sizes.tolist() == [20]


def test_none():
    found = find({'scores': scores((8, 8)), 'scale': scores((8, 8)),
                  'orientation': np.zeros((2, 8, 8), np.float32)},
                 DetectorCard(softargmax_radius=2), (8, 8), 9)
    assert len(found) == 0 and found.keypoints.shape == (0, 2) and found.angles.shape == (0,)


@pytest.fixture
def made():
    return pytest.importorskip('support.made_detector', reason='onnx is not installed')


def dots(size, *centres):
    """Return a dark picture with bright squares of 3 pixels."""
    image = np.zeros((size[1], size[0]), np.uint8)
    for x, y in centres:
        image[y - 1:y + 2, x - 1:x + 2] = 255
    return image


@pytest.mark.parametrize('backend', BACKENDS)
@pytest.mark.parametrize('channels', [1, 3])
def test_the_whole_way_of_grey_and_colour(made, backend, channels, tmp_path):
    need_backend(backend)
    made.write_detector(tmp_path, channels=channels)
    extractor = create_extractor(made.METHOD, 50, backend, weights=str(tmp_path))
    grey = dots((61, 47), (20, 12), (40, 33), (50, 20))
    for image in (grey, cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)):
        found = extractor.extract(image)
        assert sorted(places(found)) == [[20, 12], [40, 33], [50, 20]]
        assert found.image_size == (61, 47) and found.descriptors.shape == (3, channels)
        np.testing.assert_allclose(np.linalg.norm(found.descriptors, axis=1), 1, atol=1e-3)
    none = extractor.extract(np.zeros((40, 50), np.uint8))
    assert none.descriptors.shape == (0, channels) and none.descriptors.dtype == np.float32
    assert len(create_matcher().match(none, found)) == 0


def test_a_batch_equals_its_singles_and_stages_are_timed(made, tmp_path):
    made.write_detector(tmp_path)
    extractor = create_extractor(made.METHOD, 50, weights=str(tmp_path))
    batch = [textured(120, 90, seed=1), textured(120, 90, seed=2), textured(80, 100)]
    for image, together in zip(batch, extractor.extract_batch(batch), strict=True):
        alone = extractor.extract(image)
        assert len(alone) > 5
        for name in ('keypoints', 'descriptors', 'responses'):
            np.testing.assert_allclose(getattr(together, name), getattr(alone, name), atol=1e-5)
    assert {'prepare', 'h', 'detect', 'sample', 'f'} <= extractor.timings.medians().keys()


def test_keypoints_are_answered_in_the_pixels_of_a_large_image(made, tmp_path):
    made.write_detector(tmp_path, size=6.0)
    extractor = create_extractor(made.METHOD, 50, weights=str(tmp_path), max_size=64)
    found = extractor.extract(np.kron(dots((64, 48), (20, 12)), np.ones((2, 2), np.uint8)))
    np.testing.assert_allclose(found.keypoints, [[40.5, 24.5]], atol=1e-4)
    assert found.sizes.tolist() == [12] and found.image_size == (128, 96)


def test_windows_are_cut_in_the_frame_of_the_keypoint(made, tmp_path):
    card = made.write_detector(tmp_path, maps=('scores', 'scale', 'orientation'), samples=8)
    assert load_card(made.METHOD, tmp_path).detector == card.detector
    extractor = create_extractor(made.METHOD, 50, weights=str(tmp_path))
    found = extractor.extract(textured(120, 90))
    assert found.descriptors.shape == (len(found), 64) and len(found) > 5
    assert (found.sizes == 16).all() and (found.angles >= 0).all() and (found.angles < 360).all()
    assert extractor.extract(np.zeros((40, 50), np.uint8)).descriptors.shape == (0, 64)


def test_other_maps_than_the_card_names_are_refused(made, tmp_path):
    card = made.write_detector(tmp_path)
    metadata = json.loads((tmp_path / f'{made.METHOD}.json').read_text())
    metadata['detector']['maps'] = ['scores', 'scale', 'dense']
    (tmp_path / f'{made.METHOD}.json').write_text(json.dumps(metadata))
    with pytest.raises(ModelCardError, match='expected the outputs scores, scale, dense, found'):
        create_extractor(made.METHOD, weights=str(tmp_path))
    for wrong, words in (({'colour': 1}, 'unknown setting'), ({'maps': ['dense']}, 'map scores'),
                         ({'maps': ['scores', 'depth']}, 'got scores, depth')):
        metadata['detector'] = wrong
        (tmp_path / f'{made.METHOD}.json').write_text(json.dumps(metadata))
        with pytest.raises(ModelCardError, match=words):
            load_card(card.method, tmp_path)


def test_the_threshold_may_be_set_at_run_time(made, tmp_path):
    made.write_detector(tmp_path)
    image = textured(160, 120)
    by_card = create_extractor(made.METHOD, 500, weights=str(tmp_path)).extract(image)
    least = float(np.median(by_card.responses))
    fewer = create_extractor(made.METHOD, 500, weights=str(tmp_path), score_threshold=least)
    kept = by_card.responses > least
    assert 0 < kept.sum() < len(by_card)
    np.testing.assert_array_equal(fewer.extract(image).keypoints, by_card.keypoints[kept])


def test_the_square_of_a_keypoint_may_be_set_at_run_time(made, tmp_path):
    card = made.write_detector(tmp_path)
    image, keypoints = textured(160, 120), {}
    for radius in (-1, card.detector.nms_radius, 12):
        extractor = create_extractor(made.METHOD, 500, weights=str(tmp_path), nms_radius=radius)
        keypoints[radius] = extractor.extract(image).keypoints
    np.testing.assert_array_equal(keypoints[-1], keypoints[card.detector.nms_radius])
    apart = np.abs(keypoints[12][:, None] - keypoints[12]).max(2) + 99 * np.eye(len(keypoints[12]))
    assert 1 < len(keypoints[12]) < len(keypoints[-1]) and apart.min() > 12
