# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.needs import is_there
from support.pictures import textured

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.errors import ConfigError
from residual_features_ros.keypoints.table import DETECTORS, detect
from residual_features_ros.registry import METHODS
from residual_features_ros.types import float_rows

CONFIG = ExtractorConfig()
KINDS = [name for name in DETECTORS if is_there(name)]


def grey(image):
    return np.ascontiguousarray(image[..., 1])


@pytest.mark.parametrize('name', KINDS)
def test_features_keep_their_conventions(name, image):
    features = detect(name, grey(image), 150, CONFIG)
    n = len(features)
    assert 50 < n <= 150 and features.image_size == (320, 240)
    assert features.keypoints.shape == (n, 2) and features.keypoints.dtype == np.float32
    assert ((features.keypoints >= 0) & (features.keypoints <= [319, 239])).all()
    assert (features.sizes > 0).all() and (features.octaves >= 0).all()
    assert (((features.angles >= 0) & (features.angles <= 360)) | (features.angles == -1)).all()
    assert (np.diff(features.responses) <= 0).all()
    if features.descriptors.dtype == np.uint8:
        assert features.descriptors.shape == (n, DETECTORS[name].dim // 8)
    else:
        assert features.descriptors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(features.descriptors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize('name', KINDS)
def test_an_image_without_structure_has_no_keypoints(name):
    features = detect(name, np.full((64, 48), 90, np.uint8), 100, CONFIG)
    full = detect(name, grey(np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)),
                  100, CONFIG)
    assert len(features) == 0
    assert features.descriptors.shape == (0, full.descriptors.shape[1])
    assert features.descriptors.dtype == full.descriptors.dtype


@pytest.mark.parametrize('name', KINDS)
def test_a_row_says_what_the_detector_gives(name, image):
    row = DETECTORS[name]
    features = detect(name, grey(image), 300, CONFIG)
    assert float_rows(features.descriptors).shape == (len(features), row.dim)
    assert (features.descriptors.dtype == np.uint8) == row.binary
    assert (len(np.unique(features.angles)) > 50) == row.oriented
    later = detect(name, grey(image), 300, ExtractorConfig(sift_first_octave=0))
    assert (later.octaves.min() > features.octaves.min()) == row.upsampled_octave


@pytest.mark.parametrize('name', KINDS)
def test_detectors_of_one_finder_find_the_same_places(name, image):
    def places(kind):
        return {tuple(place) for place in detect(kind, grey(image), 400, CONFIG).keypoints}

    for other in KINDS:
        common = len(places(name) & places(other)) / len(places(name))
        assert (common > 0.8) == (DETECTORS[other].finder == DETECTORS[name].finder)


@pytest.mark.parametrize('name', [name for name in KINDS if name != 'surf'])  # has no levels
def test_sizes_of_pyramid_levels_grow_as_the_scales_say(name):
    features = detect(name, grey(textured(640, 480)), 4000, CONFIG)
    # The first level of the Hessian also has what is smaller than its scales.
    first = {'hessian': 2}.get(DETECTORS[name].finder, 0)
    medians = [np.median(features.sizes[features.octaves == level])
               for level in (first, first + 1)]
    assert medians[1] / medians[0] == pytest.approx(DETECTORS[name].scales.scale_factor, rel=0.2)


def test_every_method_names_a_row():
    assert {entry.detector for entry in METHODS.values() if entry.detector} == set(DETECTORS)


def test_an_unknown_detector_lists_the_known_ones():
    with pytest.raises(ConfigError, match='rootsift_upright'):
        detect('brief', np.zeros((64, 64), np.uint8), 10, CONFIG)
