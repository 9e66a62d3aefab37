# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.config import (
    MATCHERS,
    ExtractorConfig,
    MatcherConfig,
    from_mapping,
    method_and_folder,
    split_method,
)
from residual_features_ros.errors import ConfigError


@pytest.mark.parametrize(('settings', 'words'), [
    ({'max_keypoint': 5}, ['max_keypoint', 'did you mean', 'max_keypoints']),
    ({'max_keypoints': 0}, ['max_keypoints', '[1, 50000]']),
    ({'max_keypoints': 2.5}, ['max_keypoints', 'int']),
    ({'max_keypoints': True}, ['max_keypoints', 'int']),
    ({'method': 'rootsfit'}, ['rootsfit', 'rootsift', 'residual_rootsift_small']),
    ({'backend': []}, ['backend', 'non-empty']),
    ({'weights': 3}, ['weights', 'str']),
])
def test_a_bad_setting_is_named_with_what_is_known(settings, words):
    with pytest.raises(ConfigError) as error:
        from_mapping(ExtractorConfig, settings)
    assert all(word in str(error.value) for word in words)


def test_lists_become_tuples_and_whole_numbers_pass_as_floats():
    config = from_mapping(ExtractorConfig, {'backend': ['openvino', 'onnxruntime'],
                                            'sift_contrast_threshold': 0})
    assert config.backend == ('openvino', 'onnxruntime')


def test_disparity_limits_must_be_ordered():
    with pytest.raises(ConfigError, match='min_disparity_px 9'):
        MatcherConfig(min_disparity_px=9.0, max_disparity_px=1.0)


def test_weights_are_named_by_their_method_or_by_the_path_of_their_card():
    assert method_and_folder('orb') == ('orb', '')
    assert method_and_folder('exports/superpoint.json') == ('superpoint', 'exports')
    assert method_and_folder('superpoint.json') == ('superpoint', '.')


def test_a_name_may_be_that_of_a_method_and_its_matchers():
    assert split_method('orb') == ('orb', {})
    for matcher in MATCHERS:
        assert split_method(f'orb+{matcher}') == ('orb', {'matcher': matcher})
    assert split_method('orb+mutual_nearest+guided') == (
        'orb', {'matcher': 'mutual_nearest', 'matcher_fallback': 'guided'})
    with pytest.raises(ConfigError, match=r'expected METHOD\+MATCHER or METHOD\+MATCHER\+FALL'):
        split_method('orb+guided+attention+guided')
    for name in ('orb+', 'orb+gided', 'orb+guided+gided'):
        with pytest.raises(ConfigError, match=r'unknown matcher .*mutual_nearest, stereo_rect'):
            split_method(name)
