# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros import Features, create_extractor, create_matcher
from residual_features_ros.descriptor_bytes import dequantise, quantise


def test_quantisation_is_symmetric_and_clips():
    rows = np.array([[0.5, -0.5, 0.9, -0.9, 0.0]], np.float32)
    assert quantise(rows).tolist() == [[255, 1, 255, 1, 128]]
    np.testing.assert_array_equal(quantise(-rows).astype(int) - 128,
                                  128 - quantise(rows).astype(int))
    assert dequantise(np.full((2, 8), 128, np.uint8)).tolist() == np.zeros((2, 8)).tolist()


@pytest.mark.parametrize('method', ['rootsift', 'surf'])
def test_quantisation_hardly_changes_the_matches(image, method):
    if method == 'surf':
        pytest.importorskip('mahotas', reason='SURF needs mahotas here')
    extractor = create_extractor(method)
    a, b = extractor.extract(image), extractor.extract(np.roll(image, 3, 1))
    matcher = create_matcher()

    def pairs(convert):
        matches = matcher.match(*(Features(f.keypoints, f.sizes, f.angles, f.responses, f.octaves,
                                           convert(f.descriptors), f.image_size) for f in (a, b)))
        return set(map(tuple, matches.indices.tolist()))

    exact, coarse = pairs(lambda rows: rows), pairs(lambda rows: dequantise(quantise(rows)))
    assert len(exact) > 50
    assert len(exact & coarse) > 0.97 * len(exact)
