# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest

from residual_features_ros import ConfigError, Features, create_extractor, create_matcher
from residual_features_ros.matcher import nearest


def made(descriptors, keypoints=None):
    descriptors = np.asarray(descriptors)
    n = len(descriptors)
    places = np.zeros((n, 2)) if keypoints is None else np.asarray(keypoints)
    return Features(places.astype(np.float32).reshape(n, 2), *(np.zeros(n, np.float32),) * 3,
                    np.zeros(n, np.int32), descriptors, (640, 480))


def unit(*angles_deg):
    angles = np.radians(angles_deg)
    return np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)


@pytest.mark.parametrize('precision', ['int8', 'fp32'])
def test_only_pairs_that_are_each_others_nearest(precision):
    matcher = create_matcher(matching_precision=precision)
    matches = matcher.match(made(unit(0, 25, 90)), made(unit(91, 1)))
    assert matches.indices.tolist() == [[0, 1], [2, 0]]
    np.testing.assert_allclose(matches.distances, 2 * np.sin(np.radians(0.5)), atol=1e-3)


def test_bits_are_compared_by_hamming_distance():
    a = made(np.array([[0b11110000], [0b00000001]], np.uint8))
    b = made(np.array([[0b00000011], [0b11110001]], np.uint8))
    matches = create_matcher().match(a, b)
    assert matches.indices.tolist() == [[0, 1], [1, 0]]
    assert matches.distances.tolist() == [1, 1]


def test_thresholds():
    a, b = made(unit(0, 90)), made(unit(10, 16, 91))
    assert create_matcher(ratio=0.5).match(a, b).indices.tolist() == [[1, 2]]
    assert len(create_matcher(ratio=0.7).match(a, b)) == 2
    assert create_matcher(max_distance=0.1).match(a, b).indices.tolist() == [[1, 2]]


@pytest.mark.parametrize(('n', 'm'), [(0, 3), (3, 0), (0, 0), (1, 1)])
def test_few_or_no_features(n, m):
    a, b = made(unit(*range(n)).reshape(n, 2)), made(unit(*range(m)).reshape(m, 2))
    matches = create_matcher(ratio=0.8).match(a, b)
    assert matches.indices.shape == (min(n, m, 1), 2) and matches.indices.dtype == np.int32


def test_a_stereo_match_lies_in_the_band_and_within_the_disparity_limits():
    left = made(unit(0, 30, 60, 90), [[100, 10], [100, 20], [100, 30], [100, 40]])
    right = made(unit(0, 30, 60, 90), [[90, 10], [90, 25], [103, 30], [20, 40]])
    matcher = create_matcher('stereo_rectified', epipolar_px=2, min_disparity_px=0,
                             max_disparity_px=64)
    # Rows 1 to 3 break the band, the least and the largest disparity.
    assert matcher.match(left, right).indices.tolist() == [[0, 0]]


def test_different_kinds_of_descriptors_are_an_error():
    with pytest.raises(ValueError, match=r'float32\[2\].*uint8\[32\]'):
        create_matcher().match(made(unit(0)), made(np.zeros((1, 32), np.uint8)))


def test_unknown_matcher_and_setting():
    with pytest.raises(ConfigError, match='mutual_nearest'):
        create_matcher('flann')
    with pytest.raises(ConfigError, match=r'\[0, 1\]'):
        create_matcher(ratio=1.5)


@pytest.mark.parametrize('settings', [{}, {'ratio': 0.9}, {'max_distance': 1.0}])
def test_int8_finds_the_pairs_that_fp32_finds_with_their_distances(settings):
    rng = np.random.default_rng(4)
    rows = rng.standard_normal((300, 256), np.float32)
    a, b = (made(one / np.linalg.norm(one, axis=1, keepdims=True))
            for one in (rows, rows[::-1] + 0.6 * rng.standard_normal(rows.shape, np.float32)))
    fast, exact = (create_matcher(matching_precision=precision, **settings).match(a, b)
                   for precision in ('int8', 'fp32'))
    assert len(exact) > 200
    assert fast.indices.tolist() == exact.indices.tolist()
    assert fast.distances.tolist() == exact.distances.tolist()


def test_int8_on_real_images_differs_in_few_pairs(data_root):
    paths = sorted((data_root / 'kitti' / 'sequence_1' / 'image_l').glob('*'))[:2]
    if not paths:
        pytest.skip('no KITTI frames below RESIDUAL_FEATURES_DATA')
    images = [cv2.imread(str(path)) for path in paths]
    for method, most in (('residual_hessian_small', 0.02), ('rootsift', 0.1)):
        a, b = (create_extractor(method).extract(image) for image in images)
        fast, exact = ({tuple(pair) for pair in create_matcher(
            matching_precision=precision).match(a, b).indices.tolist()}
            for precision in ('int8', 'fp32'))
        assert len(fast ^ exact) <= most * 2 * len(exact)


def test_descriptors_that_are_not_numbers_pair_with_nobody():
    a = made(np.full((2, 4), np.nan, np.float32))
    assert len(create_matcher().match(a, a)) == 0


@pytest.mark.parametrize('shape', [(1, 1), (1, 7), (9, 1), (40, 61)])
def test_the_first_of_equals_is_the_nearest(shape):
    similarity = np.random.default_rng(1).integers(-3, 4, shape).astype(np.int32)
    best, back = nearest(similarity)
    assert best.tolist() == similarity.argmax(1).tolist()
    assert back.tolist() == similarity.argmax(0).tolist()
