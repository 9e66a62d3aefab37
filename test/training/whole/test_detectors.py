# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest
import torch
from support.pictures import textured

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.keypoints.selection import find_places
from residual_features_ros.keypoints.table import DETECTORS, create_detector
from residual_features_ros.rows.pyramid import View
from training.whole.detectors import FINDERS
from training.whole.squares import pyramid


@pytest.mark.parametrize('size', [(320, 240), (213, 147), (214, 147)], ids=str)
@pytest.mark.parametrize('settings', [
    {}, {'sift_first_octave': 0}, {'hessian_first_octave': 1}], ids=str)
@pytest.mark.parametrize('name', ['rootsift', 'rootsift_upright', 'hessian_rootsift'])
def test_they_find_what_the_runtime_finds(name, size, settings):
    config, row = ExtractorConfig(max_keypoints=150, **settings), DETECTORS[name]
    grey = textured(*size)[..., 0].copy()
    view, detector = View(grey), create_detector(name)
    expected = find_places(lambda most: detector(view, most, config, None),
                           row.choice(config, fused=True)).take(slice(150))
    finder = FINDERS[row.finder].create(config, size, row)
    with torch.inference_mode():
        found = finder(pyramid(torch.from_numpy(grey)[None, None].float()))
    number = int(found.exists.sum())
    assert found.places.shape == (1, finder.count, 2)
    assert abs(number - len(expected)) <= 2 and number > 50
    away = np.linalg.norm(found.places[0, :number].numpy() - expected.keypoints[:, None], axis=2)
    near, is_near = away.argmin(1), away.min(1) < 0.05
    assert is_near.mean() >= 0.98
    for ours, theirs in ((found.sizes, expected.sizes), (found.octaves, expected.octaves)):
        np.testing.assert_allclose(ours[0, near][is_near], theirs[is_near], rtol=0.01)
    if FINDERS[row.finder].oriented:
        off = (found.angles[0, near].numpy() - expected.angles + 180) % 360 - 180
        assert (np.abs(off[is_near]) < 1).mean() > 0.98
    else:
        assert (found.angles == -1).all()


def test_settings_that_are_fixed_are_settings():
    names = {field.name for field in dataclasses.fields(ExtractorConfig)}
    assert all(names.issuperset(finder.settings) for finder in FINDERS.values())
