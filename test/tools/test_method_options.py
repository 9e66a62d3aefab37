# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest

from residual_features_ros.config import read_settings
from residual_features_ros.errors import CommandError, ConfigError
from residual_features_ros.tools.method_options import MethodOptions


def test_settings_go_to_extractor_or_matcher_with_their_types():
    extractor, matcher = read_settings(['max_size=640', 'ratio=0.8', 'weights=a=b'])
    assert extractor == {'max_size': 640, 'weights': 'a=b'}
    assert matcher == {'ratio': 0.8}


@pytest.mark.parametrize(('pair', 'said'), [
    ('max_size', 'takes key=value'), ('max_siez=1', 'did you mean max_size'),
    ('ratio=much', 'ratio must be float'), ('max_keypoints=9', 'use --max-keypoints'),
    ('backend=x', 'use --backend')])
def test_a_wrong_setting_is_refused(pair, said):
    with pytest.raises(ConfigError, match=said):
        MethodOptions(settings=(pair,)).configs('orb')


OPTIONS = MethodOptions(9, ('openvino', 'onnxruntime'), ('max_distance=3', 'max_size=640'))


def test_options_become_the_configs_of_any_method():
    extractor, matcher = OPTIONS.configs('orb')
    assert (extractor.method, extractor.max_keypoints, extractor.backend) == \
        ('orb', 9, ('openvino', 'onnxruntime'))
    assert (extractor.max_size, matcher.max_distance) == (640, 3.0)
    assert OPTIONS.configs('sift')[0].method == 'sift'


def test_options_become_parameters_of_the_node():
    assert OPTIONS.node_parameters('orb') == {
        'method': 'orb', 'max_keypoints': 9, 'backend': '[openvino, onnxruntime]',
        'max_size': 640, 'max_distance': 3.0}


def test_a_matcher_belongs_to_the_method_that_names_it():
    options = MethodOptions(settings=('matcher=mutual_nearest', 'ratio=0.9'))
    for name, matcher in (('orb', 'mutual_nearest'), ('orb+guided', 'guided')):
        of_extractor, of_matcher = options.configs(name)
        assert (of_extractor.method, of_matcher.matcher, of_matcher.ratio) == ('orb', matcher, 0.9)
        parameters = options.node_parameters(name)
        assert (parameters['method'], parameters['matcher']) == ('orb', matcher)
    fallen_back = MethodOptions().configs('orb+mutual_nearest+guided')[1]
    assert (fallen_back.matcher, fallen_back.matcher_fallback) == ('mutual_nearest', 'guided')
    with pytest.raises(ConfigError, match='is the matcher itself'):
        MethodOptions().configs('orb+guided+guided')
    for configs in (MethodOptions().configs, MethodOptions().node_parameters):
        with pytest.raises(ConfigError, match=r'unknown matcher.*did you mean guided'):
            configs('orb+giuded')


def test_a_mask_is_a_setting_whatever_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for options in (MethodOptions(mask='1e5'), MethodOptions(settings=('mask=1e5',))):
        assert options.configs('orb')[0].mask == '1e5'
        assert options.node_parameters('orb')['mask'] == f"'{tmp_path / '1e5'}'"
    with pytest.raises(CommandError, match='the same setting'):
        MethodOptions(mask='a.png', settings=('mask=b.png',)).configs('orb')


def test_a_mask_of_another_size_is_told_before_images_are_played(tmp_path):
    cv2.imwrite(str(tmp_path / 'mask.png'), np.eye(64, dtype=np.uint8)[:48])
    options = MethodOptions(mask=str(tmp_path / 'mask.png'))
    options.check_mask((64, 48))
    with pytest.raises(ConfigError, match='is 64x48, the image 48x64'):
        options.check_mask((48, 64))
    MethodOptions().check_mask((48, 64))


def test_threads_are_one_more_setting():
    assert OPTIONS.with_threads(None) == OPTIONS
    assert OPTIONS.with_threads(2).configs('orb')[0].threads == 2
    with pytest.raises(CommandError, match='the same setting'):
        OPTIONS.with_threads(2).with_threads(1)
