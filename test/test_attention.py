# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import json
import shutil
import threading

import cv2
import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros import ConfigError, Features, Matches, create_extractor, create_matcher
from residual_features_ros.attention import (
    CARD,
    MOST_HOPEFUL,
    AttentionMatcher,
    frames,
    hopeful,
    load_attention,
    read_card,
    seeding,
    write_card,
)
from residual_features_ros.backends import load_backend
from residual_features_ros.config import MatcherConfig
from residual_features_ros.errors import ModelCardError
from residual_features_ros.geometry.homography import transform
from residual_features_ros.matcher import open_matcher
from residual_features_ros.model_card import SHIPPED_WEIGHTS
from residual_features_ros.nearest import similarity_of
from residual_features_ros.tools.photographs import packaged_photographs

METHOD = 'residual_hessian_small'
SHIPPED = SHIPPED_WEIGHTS / 'matchers'


@pytest.fixture(scope='module')
def extractor():
    return create_extractor(METHOD, 400, threads=1)


@pytest.fixture(scope='module')
def pair(extractor):
    """Return the features of two pictures, the second one of another number."""
    picture = textured(seed=3)
    turn = cv2.getRotationMatrix2D((160, 120), 25, 0.9)
    a, b = (extractor.extract(each)
            for each in (picture, cv2.warpAffine(picture, turn, (300, 240))))
    return a, b.take(slice(len(b) - 30))


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the shipped card and networks."""
    return shutil.copytree(SHIPPED, tmp_path / 'matchers')


def nearest(extractor, a, b):
    return create_matcher(confidence=extractor.confidence).match(a, b)


def through(network, extractor, a, b):
    """Return the matches of a network and the seeds that it is given."""
    return network(a, b, nearest(extractor, a, b), similarity_of(a.descriptors, b.descriptors))


def as_rows(matches):
    return list(zip(*matches.indices.T.tolist(), matches.confidences.tolist(), strict=True))


def made(keypoints, size, sizes, angles):
    count = len(keypoints)
    return Features(np.float32(keypoints), np.float32(sizes), np.float32(angles),
                    np.zeros(count, np.float32), np.zeros(count, np.int32),
                    np.zeros((count, 2), np.float32), size)


def test_frames_by_hand():
    corners = [[-0.5, -0.5], [319.5, 239.5], [159.5, 119.5]]
    found = frames(made(corners, (320, 240), [20, 10, 40], [0, 90, -1]))
    # The longest side is 2; a diameter of 2**-4 halves of it is the middle one.
    size = np.log2(20 / 160)
    np.testing.assert_allclose(found, [
        [-1, -0.75, (size + 4) / 2, 1, 0], [1, 0.75, (size + 3) / 2, 0, 1],
        [0, 0, (size + 5) / 2, 0, 0]], atol=1e-6)
    assert found.dtype == np.float32


def test_frames_are_those_of_the_image_at_any_resolution():
    rng = np.random.default_rng(0)
    places, sizes = rng.uniform(0, 200, (9, 2)), rng.uniform(3, 60, 9)
    angles = np.arange(9) * 40.0
    small = frames(made(places, (320, 240), sizes, angles))
    large = frames(made((places + 0.5) * 3 - 0.5, (960, 720), sizes * 3, angles))
    np.testing.assert_allclose(small, large, atol=1e-5)
    assert frames(made(np.zeros((0, 2)), (320, 240), [], [])).shape == (0, 5)


def test_the_hopeful_are_the_most_similar_four_fifths():
    assert hopeful(np.array([0.5, 0.1, 0.9, 0.3, 0.2])).tolist() == [True, False, True, True, True]
    assert hopeful(np.array([0.5])).tolist() == [True] and hopeful(np.zeros(0)).tolist() == []
    assert hopeful(np.zeros(5)).tolist() == [True] * 4 + [False]
    assert hopeful(np.zeros(9000)).sum() == MOST_HOPEFUL


# Of 4 and 5 keypoints: what each is most similar to, only those of the second image being few.
SIMILARITY = np.array([[0, 0, 0, 0.1, 0.2], [0, 0, 0.3, 0.6, 0], [0, 0.9, 0, 0, 0],
                       [0.5, 0, 0, 0, 0]], np.float32)
PAIRS, SURE = np.array([[0, 4], [2, 1], [3, 0]], np.int32), np.float32([0.2, 0.9, 0.5])


def test_the_surest_are_the_first_rows_of_both_images():
    order = seeding(Matches(PAIRS, np.zeros(3, np.float32), SURE), SIMILARITY)
    assert order.first.tolist() == [2, 3, 0, 1]
    assert order.second.tolist() == [1, 0, 4, 3]  # not 2, the fifth
    assert order.sure.tolist() == SURE[[1, 2, 0]].tolist()
    fewer = seeding(Matches(PAIRS, np.zeros(3, np.float32), SURE), SIMILARITY, most=1)
    assert (fewer.first.tolist(), fewer.second.tolist()) == ([2, 0, 1, 3], [1, 0, 2, 3])
    assert len(fewer.sure) == 1


def test_seeds_take_part_however_unlike_they_are():
    every = np.stack([np.arange(5)] * 2, 1).astype(np.int32)
    order = seeding(Matches(every, np.arange(5, dtype=np.float32) / 9), np.eye(5))
    assert order.first.tolist() == order.second.tolist() == [0, 1, 2, 3, 4]
    none = seeding(Matches(np.zeros((0, 2), np.int32), np.zeros(0, np.float32)),
                   np.zeros((3, 0), np.int32))
    assert none.first.tolist() == [0, 1, 2] and none.second.tolist() == []


def test_without_confidences_the_nearest_are_the_surest_and_equals_stay_in_order():
    pairs = np.array([[0, 0], [1, 1], [2, 2]], np.int32)
    order = seeding(Matches(pairs, np.float32([1.0, 0.5, 0.5])), np.eye(3))
    assert order.first.tolist() == order.second.tolist() == [1, 2, 0]
    assert order.sure.tolist() == [0.75, 0.75, 0.5]


def test_the_card_survives_the_round_trip(folder):
    card = read_card(folder)
    assert dataclasses.replace(read_card(), folder=folder) == card
    assert METHOD in card.methods and 0 < card.least < 1
    before = json.loads((folder / CARD).read_text())
    assert write_card(card) == folder / CARD and json.loads((folder / CARD).read_text()) == before
    assert read_card(folder) == card


@pytest.mark.parametrize(('change', 'said'), [
    ({'format': 2}, 'expected card format 1, found 2'),
    ({'colour': 1}, 'expected the card of a matcher, found .*colour'),
    ({'files': {}}, 'attention'),
    ({'files': {'attention': {'name': 'none.onnx', 'sha256': ''}}}, r'none\.onnx')])
def test_a_wrong_card_is_refused(folder, change, said):
    path = folder / CARD
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ModelCardError, match=said):
        read_card(folder)


def test_what_is_missing_or_damaged_is_named(folder, tmp_path):
    with pytest.raises(ModelCardError, match=r'attention\.json: no such file; .*train attention'):
        read_card(tmp_path)
    for text in ('{', '[]'):
        (folder / CARD).write_text(text)
        with pytest.raises(ModelCardError, match='expected the card of a matcher'):
            read_card(folder)
    shutil.copy(SHIPPED / CARD, folder / CARD)
    with (folder / 'attention.onnx').open('ab') as file:
        file.write(b'0')
    with pytest.raises(ModelCardError, match=r'attention\.onnx: expected sha256'):
        read_card(folder)


def test_descriptors_of_other_methods_are_refused():
    with pytest.raises(ConfigError, match=rf'descriptors of {METHOD}.*, not of orb; .*guided'):
        load_attention('orb')
    with pytest.raises(ConfigError, match='not of rootsift'):
        open_matcher(MatcherConfig(matcher='attention'), create_extractor('rootsift'))


def test_other_weights_are_announced(caplog):
    load_attention.cache_clear()
    own = read_card().methods[METHOD]
    load_attention(METHOD, weights_sha256=own)
    assert not caplog.records
    load_attention(METHOD, weights_sha256='0' * 64)
    assert 'other weights of residual_hessian_small' in caplog.text


def test_another_network_is_refused():
    session = load_backend('onnxruntime').open_session(
        SHIPPED_WEIGHTS / f'{METHOD}.h.onnx', 1)
    with pytest.raises(ModelCardError, match=r'expected the inputs first_frames, .*found image'):
        AttentionMatcher(read_card(), session)


def test_a_network_is_loaded_once(extractor):
    config = MatcherConfig(matcher='attention')
    assert open_matcher(config, extractor).network is open_matcher(config, extractor).network
    assert open_matcher(MatcherConfig(), extractor).network is None


def test_matches_are_one_to_one_in_order_and_sure(extractor, pair):
    a, b = pair
    matches = open_matcher(MatcherConfig(matcher='attention'), extractor).match(a, b)
    assert len(matches) > 50
    assert matches.indices.dtype == np.int32
    assert matches.distances.dtype == matches.confidences.dtype == np.float32
    first, second = matches.indices.T
    assert (np.diff(first) > 0).all() and len(set(second.tolist())) == len(second)
    least = read_card().least
    assert matches.confidences.min() >= least and matches.confidences.max() <= 1
    np.testing.assert_allclose(matches.distances, np.linalg.norm(
        a.descriptors[first] - b.descriptors[second], axis=1), atol=1e-6)


def test_exchanged_images_give_the_exchanged_matches(extractor, pair):
    a, b = pair
    network = load_attention(METHOD, threads=1, precision='fp32')
    there, back = (through(network, extractor, *each) for each in ((a, b), (b, a)))
    expected = {(i, j): sure for i, j, sure in as_rows(there)}
    found = {(j, i): sure for i, j, sure in as_rows(back)}
    both = expected.keys() & found.keys()
    assert len(both) > 50 and len(both) > 0.95 * len(expected.keys() | found.keys())
    # What projects states is learned for one direction: near a symmetric form, not exactly.
    assert max(abs(expected[pair] - found[pair]) for pair in both) < 0.2


def test_no_order_of_keypoints_is_better_than_another(extractor, pair):
    a, b = pair
    shuffled = np.random.default_rng(0).permutation(len(b))
    network = load_attention(METHOD, threads=1, precision='fp32')
    plain = through(network, extractor, a, b)
    other = through(network, extractor, a, b.take(shuffled))
    assert other.indices[:, 0].tolist() == plain.indices[:, 0].tolist()
    assert shuffled[other.indices[:, 1]].tolist() == plain.indices[:, 1].tolist()
    np.testing.assert_allclose(other.confidences, plain.confidences, atol=1e-3)


@pytest.mark.parametrize(('n', 'm'), [(0, 0), (0, 9), (9, 0), (1, 1), (2, 200)])
def test_few_or_no_features(extractor, pair, n, m):
    matcher = open_matcher(MatcherConfig(matcher='attention'), extractor)
    matches = matcher.match(pair[0].take(slice(n)), pair[1].take(slice(m)))
    assert matches.indices.shape == (len(matches), 2) and matches.indices.dtype == np.int32
    assert len(matches) <= min(n, m)
    assert matches.confidences.shape == matches.distances.shape == (len(matches),)


def test_thresholds_of_descriptors_do_not_thin_the_seeds(extractor, pair):
    config = MatcherConfig(matcher='attention')
    plain = open_matcher(config, extractor).match(*pair)
    strict = open_matcher(dataclasses.replace(config, ratio=0.5, max_distance=0.1), extractor)
    assert strict.match(*pair).indices.tolist() == plain.indices.tolist()
    sure = open_matcher(dataclasses.replace(config, min_confidence=0.9), extractor).match(*pair)
    assert 0 < len(sure) < len(plain) and sure.confidences.min() >= np.float32(0.9)
    assert sure.indices.tolist() == plain.indices[plain.confidences >= 0.9].tolist()


def test_it_needs_no_confidence_of_the_descriptors(extractor, pair):
    network = load_attention(METHOD, threads=1)
    matches = create_matcher('attention', network=network, min_confidence=0.5).match(*pair)
    assert len(matches) > 50 and matches.confidences.min() >= 0.5


def test_int8_has_the_matches_of_fp32(extractor, pair):
    found = {precision: {row[:2] for row in as_rows(through(load_attention(
        METHOD, threads=1, precision=precision), extractor, *pair))}
        for precision in ('fp32', 'int8', 'auto')}
    assert len(found['fp32'] & found['int8']) > 0.9 * len(found['fp32'] | found['int8'])
    assert found['auto'] == found['int8']


def test_without_its_int8_form_it_runs_in_fp32(extractor, pair, folder):
    card = read_card(folder)
    files = {'attention': card.files['attention']}
    write_card(dataclasses.replace(card, files=files))
    plain = load_attention(METHOD, str(folder), threads=1)
    exact = load_attention(METHOD, threads=1, precision='fp32')
    assert plain.description == exact.description
    assert as_rows(through(plain, extractor, *pair)) == as_rows(through(exact, extractor, *pair))


def test_openvino_finds_the_same(extractor, pair):
    pytest.importorskip('openvino')
    found = [{row[:2] for row in as_rows(through(load_attention(
        METHOD, backend=(backend,), threads=1, precision='fp32'), extractor, *pair))}
        for backend in ('onnxruntime', 'openvino')]
    assert len(found[0] & found[1]) > 0.98 * len(found[0] | found[1])


def test_threads_may_share_it(extractor, pair):
    matcher = open_matcher(MatcherConfig(matcher='attention'), extractor)
    expected = as_rows(matcher.match(*pair))
    found = []
    threads = [threading.Thread(target=lambda: found.append(as_rows(matcher.match(*pair))))
               for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def right_of(matches, a, b, homography, precision):
    """Return how many are right, of all and of the surest ones of a precision."""
    places = transform(a.keypoints[matches.indices[:, 0]], homography)
    right = np.linalg.norm(places - b.keypoints[matches.indices[:, 1]], axis=1) < 3
    right = right[np.argsort(-matches.confidences, kind='stable')]
    good = np.flatnonzero(np.cumsum(right) >= precision * np.arange(1, len(right) + 1))
    return np.array([len(right), right.sum(), right[:good.max(initial=-1) + 1].sum()])


def test_on_turned_and_shrunken_photographs_more_matches_are_right():
    pytest.importorskip('sklearn', reason='scikit-learn is not installed: make test installs it')
    extractor = create_extractor(METHOD, 1000, threads=1)
    matchers = {name: open_matcher(MatcherConfig(matcher=name), extractor)
                for name in ('mutual_nearest', 'guided', 'attention', 'attention_guided')}
    counts = {name: np.zeros(3) for name in matchers}
    for path in packaged_photographs():
        image = cv2.imread(str(path))
        height, width = image.shape[:2]
        turn = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), 90, 0.5), [0, 0, 1]])
        turned = cv2.warpPerspective(image, turn, (width, height))
        darker = 0.6 * cv2.GaussianBlur(turned, (0, 0), 1)
        darker = darker + np.random.default_rng(0).normal(0, 12, darker.shape)
        a, b = extractor.extract_batch([image, np.clip(darker, 0, 255).astype(np.uint8)])
        for name, matcher in matchers.items():
            counts[name] += right_of(matcher.match(a, b), a, b, turn, 0.95)
    plain, ours = counts['mutual_nearest'], counts['attention']
    assert ours[1] / ours[0] > plain[1] / plain[0] + 0.1
    assert ours[2] > 0.9 * plain[2]
    for name in ('guided', 'attention_guided'):
        assert counts[name][1] > 1.3 * plain[1] and counts[name][2] > 1.5 * plain[2]
