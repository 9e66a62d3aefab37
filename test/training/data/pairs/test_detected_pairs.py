# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from support.pictures import textured

from training.config import DataConfig
from training.data.pairs.detected_pairs import DetectedPairs


def test_a_method_finds_the_keypoints_and_says_whether_angles_count():
    config = DataConfig(keypoints=20)
    pairs = DetectedPairs(None, 'rootsift', config, 0, 7)
    assert len(pairs) == 7 and not pairs.upright
    assert len(pairs.detect(textured(160, 120))) == 20
    assert DetectedPairs(None, 'rootsift_upright', config, 0, 7).upright
