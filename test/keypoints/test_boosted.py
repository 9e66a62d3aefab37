# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from support.needs import is_there
from support.pictures import textured

from residual_features_ros import create_extractor, create_matcher
from residual_features_ros.keypoints.boosted import BoostedOrb

IMAGE = textured(320, 240)
METHODS = ('orb_beblid', 'orb_teblid')
needs_boosted = pytest.mark.skipif(not is_there('orb_teblid'), reason='OpenCV has no TEBLID')


@needs_boosted
@pytest.mark.parametrize('method', METHODS)
def test_keypoints_are_orbs_with_other_bits(method):
    orb, found = (create_extractor(name, 150).extract(IMAGE) for name in ('orb', method))
    np.testing.assert_array_equal(found.keypoints, orb.keypoints)
    assert found.descriptors.shape == orb.descriptors.shape == (len(orb), 32)
    assert (found.descriptors != orb.descriptors).any(1).all()


@needs_boosted
@pytest.mark.parametrize('method', METHODS)
def test_they_match_a_turned_image(method):
    extractor = create_extractor(method, 150)
    first, second = extractor.extract(IMAGE), extractor.extract(np.rot90(IMAGE).copy())
    matches = create_matcher().match(first, second)
    places = first.keypoints[matches.indices[:, 0]]
    turned = np.stack([places[:, 1], 319 - places[:, 0]], 1)
    off = np.linalg.norm(turned - second.keypoints[matches.indices[:, 1]], axis=1)
    assert (off < 3).mean() > 0.7


@needs_boosted
@pytest.mark.parametrize('method', METHODS)
def test_an_image_without_keypoints_has_none(method):
    found = create_extractor(method, 150).extract(np.full((120, 160), 80, np.uint8))
    assert found.descriptors.shape == (0, 32) and found.descriptors.dtype == np.uint8


def test_an_opencv_without_it_is_told(monkeypatch):
    monkeypatch.delattr(cv2, 'xfeatures2d', raising=False)
    with pytest.raises(ImportError, match='BEBLID needs OpenCV with its contrib modules'):
        BoostedOrb('BEBLID')
