# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from residual_features_ros import create_extractor
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.tools.bench.opencv_sift import OpenCVSift


def test_opencv_sift_has_the_settings_of_ours(image):
    settings = {'max_keypoints': 200, 'sift_contrast_threshold': 0.02}
    sift = OpenCVSift(ExtractorConfig('sift', **settings))
    points, descriptors = sift.extract(image)
    ours = create_extractor('sift', **settings).extract(image)
    assert descriptors.shape[1] == 128
    theirs = {tuple(np.float32(p.pt).tolist()) for p in points}
    shared = theirs & {tuple(place) for place in ours.keypoints.tolist()}
    assert len(shared) > 0.95 * len(theirs) > 100


def test_matches_are_mutual_nearest_neighbours(image):
    sift = OpenCVSift(ExtractorConfig('sift'))
    features = sift.extract(image)
    matches = sift.match(features, features)
    assert matches and {match.distance for match in matches} == {0.0}
    assert sift.match(features, sift.extract(np.zeros_like(image))) == ()
