# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.agreement import agreement, agreement_of_rows


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


def test_what_is_of_another_size_is_not_the_same():
    found = create_extractor('rootsift', 100).extract(textured())
    sizes = np.where(np.arange(len(found)) < 25, 1.2, 1.01).astype(np.float32) * found.sizes
    same = agreement(dataclasses.replace(found, sizes=sizes), found)
    assert same['near'] == pytest.approx(1 - 25 / len(found), abs=0.03)


@pytest.mark.parametrize('wrong', [np.nan, np.inf])
def test_descriptors_that_are_no_numbers_agree_with_none(wrong):
    found = create_extractor('rootsift', 100).extract(textured())
    rows = found.descriptors.copy()
    rows[0, 5] = wrong
    assert agreement(dataclasses.replace(found, descriptors=rows), found)['cosine'] == 0


def test_descriptors_may_be_of_any_length():
    found = create_extractor('rootsift', 100).extract(textured())
    places = found.keypoints
    same = agreement_of_rows((places, 3 * found.descriptors), (places, found.descriptors))
    assert same == {'near': 1, 'cosine': pytest.approx(1)}


def test_none_agrees_with_none_alone():
    found = create_extractor('orb', 10).extract(textured())
    none = found.take(np.zeros(0, int))
    assert agreement(none, none) == {'near': 1, 'cosine': 1}
    assert agreement(none, found) == {'near': 0, 'cosine': 0}
