# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import numpy as np
import pytest

from residual_features_ros import create_extractor

pytest.importorskip('rclpy', reason='rclpy is not installed')

from residual_features_ros.attention import read_card
from residual_features_ros.config import MatcherConfig
from residual_features_ros.matcher import open_matcher
from residual_features_ros.ros import info

BLANK = np.zeros((64, 64), np.uint8)


def described(method, mask='', **settings):
    extractor = create_extractor(method, mask=mask)
    found = info.describe(extractor, extractor.extract(BLANK), info.NodeConfig(**settings))
    return json.loads(json.dumps(found))


@pytest.mark.parametrize(('method', 'scales', 'size', 'count'), [
    ('sift', (0.5, 2.0), 1.8, 24), ('rootsift_upright', (0.5, 2.0), 1.8, 24),
    ('orb', (1.0, 1.2), 31.0, 8), ('residual_rootsift_small', (0.5, 2.0), 1.8, 24),
    ('residual_orb_small', (1.0, 1.2), 31.0, 8), ('superpoint', (1.0, 2.0), 8.0, 12)])
def test_the_pyramid_is_that_of_whatever_finds_the_keypoints(method, scales, size, count):
    found = described(method)
    assert (found['first_scale'], found['scale_factor']) == scales
    assert (found['level_first_size'], found['level_factor'], found['levels']) == (
        size, 1.2, count)
    assert (found['weights_sha256'] is None) == (found['backend'] == 'none needed')


def test_how_descriptors_travel():
    binary, small, exact = (described('orb'), described('sift'),
                            described('sift', descriptor_encoding='float32'))
    assert (binary['descriptor_norm'], binary['descriptor_encoding']) == ('hamming', 'binary')
    assert [found['descriptor_dtype'] for found in (binary, small, exact)] == \
        ['uint8', 'uint8', 'float32']
    assert [found['descriptor_dim'] for found in (binary, small, exact)] == [32, 128, 128]
    assert [found['descriptor_scale'] for found in (binary, small, exact)] == [None, 254.0, None]


def test_thresholds_of_matching_are_told_or_null(tmp_path):
    orb, sift = described('orb'), described('rootsift')
    assert set(orb['match_thresholds']) == {'low', 'high', 'ratio'}
    assert 30 < orb['match_thresholds']['low'] < orb['match_thresholds']['high'] < 128
    assert sift['match_thresholds']['high'] < 1  # L2 of unit rows, not of their bytes
    (tmp_path / 'confidence.json').write_text('{}')
    extractor = create_extractor('orb', weights=str(tmp_path))
    found = info.describe(extractor, extractor.extract(BLANK), info.NodeConfig())
    assert found['match_thresholds'] is None


def test_whether_images_are_rectified_is_repeated():
    assert described('orb')['image_geometry'] == 'unknown'
    assert described('orb', image_geometry='rectified')['image_geometry'] == 'rectified'


def test_whether_a_mask_keeps_keypoints_off_is_told(tmp_path):
    path = tmp_path / 'mask.png'
    cv2.imwrite(str(path), np.eye(64, dtype=np.uint8))
    assert described('orb')['mask'] == 'none'
    assert described('orb', mask=str(path))['mask'] == 'file'


@pytest.fixture(scope='module')
def small():
    return create_extractor('residual_hessian_small')


def test_which_matcher_runs_and_its_network_are_told(small):
    plain = open_matcher(MatcherConfig(matcher='guided'), small)
    assert info.describe_matcher(plain) == {
        'matcher': 'guided', 'matcher_fallback': None, 'matcher_network': None}
    found = json.loads(json.dumps(info.describe_matcher(
        open_matcher(MatcherConfig(matcher_fallback='attention'), small))))
    network = found.pop('matcher_network')
    assert found == {'matcher': 'mutual_nearest', 'matcher_fallback': 'attention'}
    assert network['weights_sha256'] == read_card().sha256
    assert 'residual_hessian_small' in network['methods']
    assert network['backend'].startswith('onnxruntime ')


@pytest.mark.parametrize(('settings', 'begins', 'network'), [
    ({}, 'matcher mutual_nearest', False),
    ({'matcher': 'attention'}, 'matcher attention, backend: onnxruntime ', True),
    ({'matcher_fallback': 'guided', 'fallback_matches': 60},
     'matcher mutual_nearest, guided below 60 matches that agree', False),
    ({'matcher_fallback': 'attention'},
     'matcher mutual_nearest, attention below 100 matches that agree, backend: onnx', True)])
def test_the_log_names_the_matcher_and_what_runs_it(small, settings, begins, network):
    words = info.words_of(open_matcher(MatcherConfig(**settings), small))
    assert words.startswith(begins) and (network or words == begins)


def test_the_log_says_what_other_weights_lack(small):
    bare = create_extractor('residual_hessian_small')
    bare.confidence = bare.thresholds = None
    assert info.lost(small, small) == info.lost(bare, small) == info.lost(bare, bare) == ''
    words = info.lost(small, bare)
    assert words.startswith('; confidences of matches are no longer known')
    assert '; match_thresholds are no longer' in words
    assert 'training calibrate residual_hessian_small' in words
