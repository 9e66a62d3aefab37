# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros import Features, create_extractor, create_matcher
from residual_features_ros.confidence import (
    MEASURES,
    Candidates,
    ConfidenceModel,
    Term,
    measure,
    most_distinct,
    off_mean_angle,
    off_median,
    ratios_to_second,
    read_model,
    unit_distances,
)

MODEL = ConfidenceModel(-1.0, {'ratio': Term(0.2, 0.8, -2.0, 0.0), 'size': Term(0, 4, 1, 0.5)})


def features(descriptors, sizes=(), angles=(), responses=()):
    count = len(descriptors)
    return Features(np.zeros((count, 2), np.float32),
                    *(np.float32(values if len(values) else np.ones(count))
                      for values in (sizes, angles, responses)),
                    np.zeros(count, np.int32), np.asarray(descriptors), (640, 480))


def candidates(a, b, indices=(), distances=(), similarity=(), seconds=()):
    return Candidates(a, b, np.array(indices, np.int32).reshape(-1, 2), np.float32(distances),
                      np.float32(similarity), np.float32(seconds).reshape(-1, 2))


def test_a_ratio_follows_from_products_of_any_scale():
    # Cosines .92 and .68, 0 and -1 behind them: distances .4, .8, 1.414 and 2.
    distance = np.array([0.4, 0.4])
    for scale in (1, 127 ** 2, 1e-3):
        similarity = scale * np.array([0.92, 0.92])
        seconds = scale * np.array([[0.68, 0.0], [-1.0, 0.92]])
        np.testing.assert_allclose(ratios_to_second(distance, similarity, seconds),
                                   [[0.5, 0.4 / np.sqrt(2)], [0.2, 1]], rtol=1e-12)


def test_where_there_is_no_second_the_ratio_is_none_and_among_equals_it_is_one():
    distance, similarity = np.array([0.4, 0.0, 1.5]), np.array([0.92, 1.0, -0.125])
    seconds = np.array([[-np.inf, np.iinfo(np.int32).min], [1, 1], [-0.5, -0.5]])
    found = ratios_to_second(distance, similarity, seconds)
    np.testing.assert_allclose(found, [[0, 0], [1, 1], [1, 1]], atol=1e-4)  # the last: unlike


def test_bits_have_the_distances_of_their_rows_of_signs():
    a = features(np.array([[0b11110000, 0], [0, 0]], np.uint8))
    found = unit_distances(candidates(a, a, [[0, 1], [1, 1]], [4, 0]))
    signs = np.array([1, 1, 1, 1, *[-1] * 12]) / 4
    assert found.tolist() == [np.linalg.norm(signs + 1 / 4), 0]  # 1, and 0


def test_the_least_ratios_lead():
    ratio = np.array([0.9, 0.1, 0.5, 0.3, 0.7, 0.2, 0.8, 0.6, 0.4, 1.0, 0.95])
    assert np.flatnonzero(most_distinct(ratio)).tolist() == [1, 3, 5, 8]  # place 3 of 0 to 10
    assert most_distinct(np.array([0.5])).tolist() == [True]
    assert most_distinct(np.zeros(0)).tolist() == []


def test_consensus_is_that_of_the_leading_matches():
    leading = np.array([True, True, True, False])
    assert off_median(np.array([1.0, 2.0, 4.0, -1.0]), leading).tolist() == [1, 0, 2, 3]
    # Around 0 degrees the mean of 350, 0 and 10 is 0.
    found = off_mean_angle(np.float32([350, 10, 0, 180]), leading)
    np.testing.assert_allclose(found, [*[1 - np.cos(np.radians(10))] * 2, 0, 2], atol=1e-12)
    assert off_mean_angle(np.float32([90, 270]), np.ones(2, bool)).shape == (2,)  # no mean


def test_the_measures_of_a_match_by_hand():
    rows = np.eye(4, dtype=np.float32)
    a = features(rows, [8, 4, 4, 4], [30, 0, 0, 0], [np.e ** 2, 1, 1, 1])
    b = features(rows, [2, 1, 4, 4], [20, 350, 0, 0], [np.e ** -4, 1, 1, 1])
    found = measure(candidates(a, b, [[0, 0], [1, 1]], [0.4, 0.4], [0.92, 0.92],
                               [[0.68, 0], [0, -1]]))
    assert list(found) == list(MEASURES)
    expected = {'distance': 0.4, 'ratio': 0.5, 'other_ratio': 0.4 / np.sqrt(2), 'scale': 0,
                'angle': 0, 'size': np.log(4), 'response': -1}
    for name, value in expected.items():
        np.testing.assert_allclose(found[name][0], value, atol=1e-6, err_msg=name)


def test_a_term_and_the_logistic_function_by_hand():
    probability = MODEL.of_measures({'ratio': np.array([0.5, 0.9, 0.0]),
                                     'size': np.array([1.0, 2.0, 9.0])})
    # -1 - 2 * .5 + 1 + .5; -1 - 2 * .8 + 2 + 2; -1 - 2 * .2 + 4 + 8.
    np.testing.assert_allclose(probability, 1 / (1 + np.exp([0.5, -1.4, -10.6])), rtol=1e-6)
    assert probability.dtype == np.float32


def test_no_matches_have_no_confidences():
    none = features(np.zeros((0, 4), np.float32))
    assert MODEL.of(candidates(none, none)).shape == (0,)


def test_a_block_of_a_card_and_what_is_none():
    block = dataclasses.asdict(MODEL)
    assert read_model(block) == MODEL
    with pytest.raises(ValueError, match=r'colour.*known: distance, ratio'):
        read_model({**block, 'terms': {'colour': block['terms']['size']}})
    with pytest.raises(ValueError, match='unknown setting'):
        read_model({**block, 'weights': []})
    with pytest.raises(TypeError):
        read_model({**block, 'terms': {'size': {'low': 0}}})


@pytest.mark.parametrize('method', ['orb', 'rootsift', 'residual_hessian_small', 'superpoint'])
@pytest.mark.parametrize('precision', ['int8', 'fp32'])
def test_both_directions_give_a_match_one_confidence(method, precision):
    extractor = create_extractor(method, 300)
    model = ConfidenceModel(0.0, {name: Term(-30, 30, 1.0, 0.1) for name in MEASURES})
    a, b = extractor.extract_batch([textured(seed=28), textured(seed=28)[:, 8:]])
    matcher = create_matcher(confidence=model, matching_precision=precision)
    there, back = matcher.match(a, b), matcher.match(b, a)
    order = np.lexsort(back.indices.T)
    assert len(there) > 30
    np.testing.assert_allclose(there.confidences, back.confidences[order], atol=1e-4)


@pytest.mark.parametrize('method', ['orb', 'rootsift'])
def test_numpy_gives_the_confidences_of_the_compiled_loop(method, monkeypatch):
    extractor = create_extractor(method, 300)
    model = ConfidenceModel(0.0, {name: Term(-30, 30, 1.0, 0.1) for name in MEASURES})
    a, b = extractor.extract_batch([textured(seed=28), textured(seed=28)[:, 8:]])
    compiled = create_matcher(confidence=model).match(a, b)
    monkeypatch.setattr('residual_features_ros.nearest.has_compiler', lambda: False)
    monkeypatch.setattr('residual_features_ros.integer_products.has_compiler', lambda: False)
    plain = create_matcher(confidence=model).match(a, b)
    assert plain.indices.tolist() == compiled.indices.tolist()
    assert plain.confidences.tobytes() == compiled.confidences.tobytes()
