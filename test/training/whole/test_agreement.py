# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
from support.pictures import textured

from residual_features_ros import create_extractor
from training.whole.agreement import agreement


def test_features_agree_with_themselves_and_less_with_moved_ones():
    found = create_extractor('rootsift', 100).extract(textured())
    assert agreement(found, found)['near'] == 1
    np.testing.assert_allclose(agreement(found, found)['cosine'], 1, atol=1e-5)
    moved = found.keypoints.copy()
    moved[:len(moved) // 2] += 0.5
    assert 0.4 < agreement(dataclasses.replace(found, keypoints=moved), found)['near'] < 0.6


def test_bits_agree_by_how_many_differ():
    found = create_extractor('orb', 100).extract(textured())
    bits = found.descriptors.copy()
    bits[:, 0] ^= 255
    same = agreement(dataclasses.replace(found, descriptors=bits), found)
    np.testing.assert_allclose(same['cosine'], 1 - 2 * 8 / 256)


def test_none_agrees_with_none_alone():
    found = create_extractor('orb', 10).extract(textured())
    none = found.take(np.zeros(0, int))
    assert agreement(none, none) == {'near': 1, 'cosine': 1}
    assert agreement(none, found) == {'near': 0, 'cosine': 0}
