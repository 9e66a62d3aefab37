# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import cv2
import numpy as np
import pytest

from residual_features_ros import ConfigError, Features, create_extractor, create_matcher
from residual_features_ros.config import MatcherConfig
from residual_features_ros.errors import ModelCardError
from residual_features_ros.matcher import at_least, open_matcher
from residual_features_ros.nearest import nearest
from residual_features_ros.types import Matches


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


@pytest.mark.parametrize('kind', [np.int32, np.float32])
@pytest.mark.parametrize('compiler', [True, False])
@pytest.mark.parametrize('shape', [(1, 1), (1, 7), (9, 1), (40, 61)])
def test_the_first_of_equals_is_the_nearest(shape, compiler, kind, monkeypatch):
    if not compiler:
        monkeypatch.setattr('residual_features_ros.nearest.has_compiler', lambda: False)
    similarity = np.random.default_rng(1).integers(-3, 4, shape).astype(kind)
    before = similarity.copy()
    best, back, second, second_back = nearest(similarity, seconds=True)
    assert best.tolist() == similarity.argmax(1).tolist()
    assert back.tolist() == similarity.argmax(0).tolist()
    # Equals are each other's second; -inf or the least whole number is where there is no other.
    least = np.iinfo(np.int32).min if kind == np.int32 else -np.inf
    padded = np.pad(before.astype(np.float64), ((1, 0), (1, 0)), constant_values=least)
    assert second.tolist() == np.sort(padded, 1)[1:, -2].tolist()
    assert second_back.tolist() == np.sort(padded, 0)[-2, 1:].tolist()
    assert second.dtype == second_back.dtype == kind
    assert similarity.tolist() == before.tolist()
    alone = nearest(similarity)
    assert alone.best.tolist() == best.tolist() and alone.back.tolist() == back.tolist()
    assert len(alone.second) == len(alone.second_back) == 0


def test_seconds_by_hand():
    found = nearest(np.array([[5, 9, 2], [7, 1, 8]], np.int32), seconds=True)
    assert [values.tolist() for values in found] == [[1, 2], [1, 0, 1], [5, 7], [5, 1, 2]]


class Fixed:
    """Gives set confidences, and keeps what it was asked about."""

    def __init__(self, *values):
        self.values, self.asked = np.float32(values), None

    def of(self, candidates):
        self.asked = candidates
        return self.values


class AllRight:
    """Is sure of every match."""

    def of(self, candidates):
        return np.ones(len(candidates.indices), np.float32)


def test_confidences_travel_with_the_matches_and_drop_the_least_of_them():
    a, b = made(unit(0, 90, 180)), made(unit(1, 95, 182))
    fixed = Fixed(0.9, 0.5, 0.3)
    matches = create_matcher(confidence=fixed).match(a, b)
    assert matches.confidences.tolist() == fixed.values.tolist()
    matches = create_matcher(confidence=fixed, min_confidence=0.5).match(a, b)
    assert matches.indices.tolist() == [[0, 0], [1, 1]]
    assert matches.confidences.tolist() == fixed.values[:2].tolist()
    assert create_matcher().match(a, b).confidences is None


def test_a_confidence_is_asked_about_all_mutual_neighbours_whatever_else_drops_them():
    a, b, fixed = made(unit(0, 90, 180)), made(unit(1, 95, 182)), Fixed(0.9, 0.5, 0.3)
    matches = create_matcher(confidence=fixed, max_distance=0.02, matching_precision='fp32').match(
        a, b)
    assert matches.indices.tolist() == [[0, 0]]
    assert matches.confidences.tolist() == fixed.values[:1].tolist()
    asked = fixed.asked
    assert (asked.a, asked.b) == (a, b) and asked.indices.tolist() == [[0, 0], [1, 1], [2, 2]]
    np.testing.assert_allclose(asked.similarity, np.cos(np.radians([1, 5, 2])), atol=1e-6)
    # The nearest but one: of a's rows (0 to 95, 90 to 1 and 182, 180 to 95), and of b's.
    np.testing.assert_allclose(asked.seconds, np.cos(np.radians(
        [[95, 89], [89, 85], [85, 92]])), atol=1e-6)


def test_nothing_to_match_has_no_confidences_or_those_of_nothing():
    none, some = made(np.zeros((0, 2), np.float32)), made(unit(0))
    assert create_matcher(confidence=Fixed()).match(none, some).confidences.shape == (0,)
    assert create_matcher().match(none, some).confidences is None


def test_a_least_confidence_needs_one():
    with pytest.raises(ConfigError, match=r'min_confidence 0\.5: .*calibrate'):
        create_matcher(min_confidence=0.5)
    with pytest.raises(ConfigError, match=r'\[0, 0\.99\]'):
        create_matcher(confidence=Fixed(), min_confidence=1.0)


def test_the_fallback_is_taken_where_more_of_its_matches_agree(monkeypatch):
    monkeypatch.setattr('residual_features_ros.guided.agreeing',
                        lambda a, b, matches: round(10 * float(matches.confidences[0])))
    a, b, heard = made(unit(0, 90)), made(unit(1, 95)), []
    for least, likely, taken in ((5, 0.9, False), (6, 0.4, False), (6, 0.9, True)):
        other = Matches(np.int32([[0, 1]]), np.zeros(1, np.float32), np.float32([likely]))
        matcher = dataclasses.replace(create_matcher(
            confidence=Fixed(0.5, 0.5), network=lambda *_, other=other: other,
            matcher_fallback='attention', fallback_matches=least),
            told=lambda *found: heard.append([counted.agreeing for counted in found]))
        assert (len(matcher.match(a, b)) == 1) == taken
    assert heard == [[5, 4], [5, 9]]


@pytest.mark.parametrize('rows', [np.zeros((0, 64), np.float32), np.zeros((0, 32), np.uint8)])
def test_a_warm_up_matches_what_is_like_the_features_by_both_matchers(rows):
    heard = []
    create_matcher('guided', confidence=AllRight(), matcher_fallback='attention',
                   network=lambda *given: heard.append(given) or given[2]).warm_up(made(rows))
    (a, b, mutual, _), = heard
    assert len(mutual) == len(a) == len(b) > 100
    assert (a.descriptors.dtype, a.descriptors.shape[1:]) == (rows.dtype, rows.shape[1:])


def test_stereo_knows_the_second_among_those_allowed():
    left = made(unit(0, 30), [[100, 10], [100, 40]])
    right = made(unit(1, 33, 12), [[90, 10], [95, 40], [90, 11]])
    fixed = Fixed(0.5, 0.5)
    matches = create_matcher('stereo_rectified', confidence=fixed).match(left, right)
    assert matches.indices.tolist() == [[0, 0], [1, 1]]
    assert fixed.asked.seconds[0, 0] > 0  # the third, one row below
    # Of products in int8 the least of int32, and of others -inf.
    assert (fixed.asked.seconds[[0, 1, 1], [1, 0, 1]] <= np.iinfo(np.int32).min).all()


class Network:
    """Pairs row i with row i, and keeps what it was given."""

    def __init__(self, *confidences):
        self.confidences, self.given = np.float32(confidences), None

    def __call__(self, a, b, nearest, similarity):
        assert similarity.shape == (len(a), len(b))
        self.given = nearest
        rows = np.arange(len(self.confidences), dtype=np.int32)
        return Matches(np.stack([rows, rows], 1), np.zeros(len(rows), np.float32),
                       self.confidences)


A, B = made(unit(0, 90, 180)), made(unit(2, 91, 183)[::-1].copy())  # nearest: 0 2, 1 1, 2 0
NEAREST, ROWS = [[0, 2], [1, 1], [2, 0]], [[0, 0], [1, 1], [2, 2]]


def test_without_a_geometry_the_first_matches_stay():
    network = Network(0.9, 0.8, 0.7)
    for settings, expected in (({'matcher_fallback': 'attention'}, NEAREST), ({}, NEAREST), (
            {'matcher': 'attention', 'matcher_fallback': 'guided'}, ROWS)):
        matches = create_matcher(confidence=Fixed(0.5, 0.6, 0.7), network=network,
                                 **settings).match(A, B)
        assert matches.indices.tolist() == expected, settings


def test_a_network_sees_all_neighbours_and_min_confidence_drops_its_own_matches():
    network = Network(0.9, 0.5, 0.3)
    matches = create_matcher('attention', confidence=Fixed(0.1, 0.2, 0.3), network=network,
                             ratio=0.1, max_distance=0.01, min_confidence=0.5).match(A, B)
    assert matches.indices.tolist() == ROWS[:2]
    assert matches.confidences.tolist() == network.confidences[:2].tolist()
    assert network.given.indices.tolist() == NEAREST
    assert network.given.confidences.tolist() == np.float32([0.1, 0.2, 0.3]).tolist()


def test_matches_without_confidences_are_all_at_least_as_sure():
    matches = Matches(np.int32(ROWS), np.zeros(3, np.float32))
    assert at_least(matches, 0.9) is matches
    matches = dataclasses.replace(matches, confidences=np.float32([0.9, 0.5, 0.3]))
    assert at_least(matches, 0.0).indices.tolist() == ROWS
    assert at_least(matches, 0.5).indices.tolist() == ROWS[:2]


def test_guided_by_the_network_min_confidence_holds_without_a_geometry_too():
    network, confidence = Network(0.9, 0.5, 0.3), Fixed(0.1, 0.2, 0.3)
    settings = {'matcher': 'attention_guided', 'network': network, 'min_confidence': 0.5}
    matches = create_matcher(confidence=confidence, **settings).match(A, B)
    assert matches.indices.tolist() == ROWS[:2]  # three are too few for a geometry
    with pytest.raises(ConfigError, match='matches have no confidence here'):
        create_matcher(**settings)


@pytest.mark.parametrize(('settings', 'said'), [
    ({'matcher': 'attention'}, 'needs a network, which open_matcher loads'),
    ({'matcher': 'attention_guided'}, 'needs a network'),
    ({'matcher': 'guided', 'matcher_fallback': 'guided'}, 'is the matcher itself'),
    ({'matcher_fallback': 'attention', 'confidence': Fixed()}, 'needs a network'),
    ({'matcher_fallback': 'guided', 'matcher': 'stereo_rectified', 'confidence': Fixed()},
     'stereo_rectified.*not by guided'),
    ({'matcher_fallback': 'stereo_rectified'}, 'attention, attention_guided, guided'),
    ({'fallback_matches': 0}, 'fallback_matches'), ({'guided_px': 0.0}, 'guided_px')])
def test_what_nobody_can_give_is_refused(settings, said):
    with pytest.raises(ConfigError, match=said):
        create_matcher(**settings)


def test_an_extractor_brings_what_its_matcher_needs():
    extractor = create_extractor('orb')
    matcher = open_matcher(MatcherConfig(matcher_fallback='guided', min_confidence=0.5), extractor)
    assert matcher.confidence is extractor.confidence and matcher.network is None
    with pytest.raises(ConfigError, match='not of orb'):
        open_matcher(MatcherConfig(matcher_fallback='attention'), extractor)
    with pytest.raises(ModelCardError, match='no such file'):
        open_matcher(MatcherConfig(matcher='attention', matcher_weights='none'), extractor)
