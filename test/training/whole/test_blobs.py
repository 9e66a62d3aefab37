# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest
import torch
from support.pictures import textured

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.keypoints.hessian import find_hessian
from residual_features_ros.rows.pyramid import View
from training.whole.blobs import Hessian

CONFIG = ExtractorConfig()


@pytest.mark.parametrize('size', [(320, 240), (213, 147)], ids=str)
@pytest.mark.parametrize('octave', [0, 1])
@pytest.mark.parametrize('count', [60, 3000])
def test_keypoints_are_the_runtimes(size, octave, count):
    grey = textured(*size)[..., 0].copy()
    view = View(grey)
    expected = find_hessian(view, count, dataclasses.replace(
        CONFIG, hessian_first_octave=octave))
    detector = Hessian(*size, count, octave, CONFIG.hessian_threshold)
    width, height = detector.side
    level = view.levels[octave][:height, :width]
    found = detector(torch.from_numpy(np.ascontiguousarray(level))[None, None])
    number = int(found.exists.sum())
    assert number == len(expected) > 50
    # The strongest first; of those nearly equal the order may differ.
    np.testing.assert_allclose(found.scores[0, :number], expected.responses, rtol=2e-3,
                               atol=1e-7)
    away = np.linalg.norm(found.places[0, :number, None].numpy() - expected.keypoints, axis=2)
    assert (away.min(0) < 0.02).mean() > 0.99
    nearest = away.argmin(0)
    close = away.min(0) < 0.02
    np.testing.assert_allclose(found.sizes[0][nearest[close]], expected.sizes[close], rtol=0.01)
    np.testing.assert_array_equal(found.octaves[0][nearest[close]], expected.octaves[close])


def test_an_image_without_structure_has_none():
    found = Hessian(160, 120, 100, 0, CONFIG.hessian_threshold)(torch.full((2, 1, 120, 160), 7.))
    assert not found.exists.any() and found.places.isfinite().all()
