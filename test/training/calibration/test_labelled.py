# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.confidence import MEASURES
from training.calibration.labelled import Matched
from training.calibration.pairs import ViewPair


def pair(part, source, shift):
    image = textured(seed=28)
    homography = np.array([[1, 0, -shift], [0, 1, 0], [0, 0, 1.0]])
    return ViewPair(part, source, (image, image[:, 8:].copy()), homography)


def test_matches_are_right_where_the_homography_leads():
    matched = Matched(create_extractor('orb', 300))
    matched.add(pair('fit', 'photographs', 8))
    matched.add(pair('measure', 'exposure', 40))  # a homography that is wrong
    found = matched.labelled()
    assert set(found.measures) == set(MEASURES)
    assert len({len(values) for values in (*found.measures.values(), found.right, found.part,
                                           found.source)}) == 1
    fitted, measured = (found.take(found.part == part) for part in ('fit', 'measure'))
    assert len(fitted.right) == len(measured.right) > 50
    assert fitted.right.mean() > 0.8 and measured.right.mean() < 0.1
    assert set(fitted.source) == {'photographs'} and set(measured.source) == {'exposure'}
    near = matched.neighbours()
    assert near.right[near.part == 'fit'].mean() > 0.5 > near.right[near.part != 'fit'].mean()
    assert set(near.part) == {'fit', 'measure'}
    first, second = matched.last
    assert (first.image_size, second.image_size) == ((320, 240), (312, 240))


def test_no_matches_are_an_error():
    with pytest.raises(ValueError, match='orb: no matches'):
        Matched(create_extractor('orb', 300)).labelled()
    with pytest.raises(ValueError, match='orb: no keypoints'):
        Matched(create_extractor('orb', 300)).neighbours()
