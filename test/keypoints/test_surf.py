# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""SURF's numbers by hand, with made rows in the place of mahotas."""
import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.keypoints import surf
from residual_features_ros.rows.pyramid import View

CONFIG = ExtractorConfig()
FLAT = View(np.zeros((48, 64), np.uint8))


@pytest.fixture
def mahotas(monkeypatch):
    """Put a mahotas there that finds made rows; return them and what it was asked for."""
    found = SimpleNamespace(rows=[], asked=[])

    def find(grey, max_points):
        found.asked.append(max_points)
        return np.array(found.rows, float)

    module = SimpleNamespace(surf=find)
    for name, value in (('mahotas', SimpleNamespace(features=SimpleNamespace(surf=module))),
                        ('mahotas.features', SimpleNamespace(surf=module)),
                        ('mahotas.features.surf', module)):
        monkeypatch.setitem(sys.modules, name, value)
    return found


def row(y, x, scale, score, angle, values=(1.0,)):
    """Return a row of mahotas: y, x, scale, score, laplacian, angle in radians, 64 values."""
    return [y, x, scale, score, 1, angle, *values, *[0] * (64 - len(values))]


def test_the_numbers_of_a_keypoint_by_hand(mahotas):
    mahotas.rows = [row(20, 10, 1.2, 5, np.pi / 2, (3, 4)), row(21, 30, 2.4, 9, -np.pi / 2)]
    found = surf.detect_surf_mahotas(FLAT, 10, CONFIG)
    assert found.keypoints.tolist() == [[30, 21], [10, 20]] and found.responses.tolist() == [9, 5]
    # A filter of 9 pixels stands for scale 1.2, one of 18 for 2.4.
    np.testing.assert_allclose(found.sizes, [18, 9], rtol=1e-6)
    np.testing.assert_allclose(found.angles, [270, 90], rtol=1e-6)
    assert found.octaves.tolist() == [1, 0] and found.image_size == (64, 48)
    np.testing.assert_allclose(found.descriptors[1, :3], [0.6, 0.8, 0], rtol=1e-6)
    assert [array.dtype for array in (found.keypoints, found.sizes, found.angles, found.octaves,
                                      found.descriptors)] == [np.float32] * 3 + [np.int32] + \
        [np.float32]


def test_scales_become_levels(mahotas):
    scales = [0.9, 1.2, 2.3, 2.5, 4.7, 4.9]
    mahotas.rows = [row(1, 1, scale, 10 - scale, 0) for scale in scales]
    found = surf.detect_surf_mahotas(FLAT, 10, CONFIG)
    assert found.octaves.tolist() == [0, 0, 0, 1, 1, 2]


def test_more_are_asked_for_and_those_without_a_descriptor_dropped(mahotas):
    mahotas.rows = [row(1, 1, 2, 3, 0), row(2, 2, 2, 9, 0, (np.nan,)), row(3, 3, 2, 7, 0),
                    row(4, 4, 2, 5, 0)]
    found = surf.detect_surf_mahotas(FLAT, 2, CONFIG)
    assert mahotas.asked == [4] and found.responses.tolist() == [7, 5]


def test_an_image_without_keypoints(mahotas):
    found = surf.detect_surf_mahotas(FLAT, 2, CONFIG)
    assert len(found) == 0 and found.descriptors.shape == (0, 64)


def test_who_computes_it_is_said_or_what_to_install(monkeypatch):
    class Surf:
        @staticmethod
        def create(threshold=100.0):
            return None

    monkeypatch.setattr(surf, 'surf_provider', surf.surf_provider.__wrapped__)
    monkeypatch.setattr(cv2, 'xfeatures2d', SimpleNamespace(SURF=Surf), raising=False)
    assert surf.surf_provider() == 'opencv' and surf.create_surf() is surf.detect_surf_opencv
    monkeypatch.setattr(cv2, 'xfeatures2d', SimpleNamespace(), raising=False)
    monkeypatch.setitem(sys.modules, 'mahotas.features.surf', None)
    with pytest.raises(ImportError, match='pip install mahotas'):
        surf.create_surf()
