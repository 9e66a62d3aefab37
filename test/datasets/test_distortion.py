# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros.datasets.distortion import distortion_of
from residual_features_ros.errors import CameraError

FISH = [-0.004, 0.037, -0.035, 0.006]
BROWN = [0.1, 0.01, 0.001, 0.002]
RATIONAL = [0.1, 0.01, 0, 0, 0, 0.1, 0.01, 0.02]


@pytest.mark.parametrize(('model', 'coefficients', 'known', 'expected'), [
    ('equidistant', FISH, 'equidistant', FISH),
    ('equidistant', [*FISH, 0], 'equidistant', FISH),
    ('fisheye', [*FISH, 0, 0, 0, 0], 'equidistant', FISH),
    ('kannala_brandt4', [*FISH, 0], 'equidistant', FISH),
    ('KannalaBrandt8', FISH, 'equidistant', FISH),
    ('Kannala Brandt4', FISH[:2], 'equidistant', [*FISH[:2], 0, 0]),
    ('plumb_bob', BROWN, 'plumb_bob', BROWN), ('', BROWN, 'plumb_bob', BROWN),
    ('plumb_bob ', [*BROWN, 0], 'plumb_bob', BROWN), ('PLUMB_BOB', BROWN, 'plumb_bob', BROWN),
    ('plumb_bob\0', [*BROWN, 0.3], 'plumb_bob', [*BROWN, 0.3]),
    ('plumb_bob', BROWN[:3], 'plumb_bob', [*BROWN[:3], 0]),
    ('radtan', BROWN, 'plumb_bob', BROWN), ('radial-tangential', BROWN, 'plumb_bob', BROWN),
    ('Brown-Conrady', BROWN, 'plumb_bob', BROWN),
    ('plumb_bob', RATIONAL, 'plumb_bob', RATIONAL),
    ('rational_polynomial', [*RATIONAL, *[0] * 6], 'rational_polynomial', RATIONAL),
    ('rational_polynomial', BROWN, 'rational_polynomial', [*BROWN, 0, 0, 0, 0]),
    ('rational_polynomial', [*RATIONAL, 0, 0.1], 'rational_polynomial', [*RATIONAL, 0, .1, 0, 0]),
])
def test_names_and_numbers_of_drivers(model, coefficients, known, expected):
    found, name = distortion_of(model, np.array(coefficients, float))
    assert name == known
    assert found.tolist() == expected


@pytest.mark.parametrize('model', ['none', 'None', '', 'pinhole', 'perspective', 'brown_conrady',
                                   'inverse_brown_conrady', 'equidistant', 'mei', 'any other'])
@pytest.mark.parametrize('count', [0, 4, 5, 14, 20])
def test_zeros_are_no_distortion_whatever_the_name(model, count):
    assert len(distortion_of(model, np.zeros(count))[0]) == 0


@pytest.mark.parametrize(('model', 'coefficients', 'said'), [
    ('thin_prism_fisheye', [0.1] * 8, "'thin_prism_fisheye' is not known; known: plumb_bob"),
    ('inverse_brown_conrady', BROWN, "'inverse_brown_conrady' is not known"),
    ('none', BROWN, r"'none' means no distortion, but its coefficients are \[0.1"),
    ('pinhole', BROWN, "'pinhole' means no distortion"),
    ('equidistant', [*FISH, 0.1], 'equidistant has 4 coefficients, got 5'),
    ('plumb_bob', [0.1] * 15, 'plumb_bob has 14 coefficients, got 15'),
    ('plumb\nbob', [np.nan], 'plumb bob has coefficients that are no numbers'),
    ('plumb_bob', [np.inf, 0, 0, 0], 'plumb_bob has coefficients that are no numbers')])
def test_what_is_refused_is_named(model, coefficients, said):
    with pytest.raises(CameraError, match=said):
        distortion_of(model, np.array(coefficients, float))
