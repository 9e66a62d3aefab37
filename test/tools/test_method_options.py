# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import argparse

import pytest

from residual_features_ros.config import read_settings
from residual_features_ros.errors import ConfigError
from residual_features_ros.tools.method_options import configs


def test_settings_go_to_extractor_or_matcher_with_their_types():
    extractor, matcher = read_settings(['max_size=640', 'ratio=0.8', 'weights=a=b'])
    assert extractor == {'max_size': 640, 'weights': 'a=b'}
    assert matcher == {'ratio': 0.8}


@pytest.mark.parametrize(('pair', 'said'), [
    ('max_size', 'takes key=value'), ('max_siez=1', 'did you mean max_size'),
    ('ratio=much', 'ratio must be float'), ('max_keypoints=9', 'use --keypoints'),
    ('backend=x', 'use --backend')])
def test_a_wrong_setting_is_refused(pair, said):
    with pytest.raises(ConfigError, match=said):
        read_settings([pair])


def test_the_command_line_becomes_the_configs():
    args = argparse.Namespace(method='orb', keypoints=9, backend=['openvino'],
                              settings=['max_distance=3'])
    extractor, matcher = configs(args)
    assert (extractor.method, extractor.max_keypoints, extractor.backend) == \
        ('orb', 9, ('openvino',))
    assert matcher.max_distance == 3.0
    assert configs(args, 'sift')[0].method == 'sift'
