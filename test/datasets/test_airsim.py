# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import math

import numpy as np
import pytest
from support.posed_trees import AIRSIM_K, write_airsim, write_image, write_pfm

from residual_features_ros.datasets import airsim
from residual_features_ros.datasets.layouts import open_scenes
from residual_features_ros.errors import DatasetError


def test_both_lights_are_scenes_of_the_same_poses(tmp_path):
    write_airsim(tmp_path / 'village_00', 4, step=0.5)
    day, night = open_scenes(tmp_path, ('airsim',))
    assert [day.name, night.name] == ['village_00/00_day_light', 'village_00/00_night_light']
    for scene in (day, night):
        assert scene.numbers == (0, 1, 2, 3)
        for number, image in enumerate(scene.images):
            assert image.camera.size == (200, 150)
            np.testing.assert_allclose(image.camera.K, AIRSIM_K)
            # North, east, down: the camera's axis z is the world's x, its x the world's y.
            np.testing.assert_allclose(image.centre, [0, 0.5 * number, 0], atol=1e-12)
            np.testing.assert_allclose(image.R @ [1, 2, 3], [2, 3, 1], atol=1e-12)
            np.testing.assert_allclose(image.depth.read(), 4, rtol=1e-5)


def test_a_camera_that_is_turned_looks_where_the_body_heads(tmp_path):
    """Yaw of 90 degrees heads east; then pitch of 30 degrees looks up, roll of 90 to the right."""
    write_airsim(tmp_path / 'village', 2)
    half = math.sqrt(0.5)
    cases = [((half, 0, 0, half), [0, 1, 0], [-1, 0, 0]),
             ((math.cos(math.radians(15)), 0, math.sin(math.radians(15)), 0),
              [math.cos(math.radians(30)), 0, -0.5], [0, 1, 0]),
             ((half, half, 0, 0), [1, 0, 0], [0, 0, 1])]
    for (w, x, y, z), ahead, right in cases:
        frames = [{'id': f'00{n}', 'position': {'x_val': n, 'y_val': 0, 'z_val': 0},
                   'orientation': {'w_val': w, 'x_val': x, 'y_val': y, 'z_val': z}}
                  for n in (0, 1)]
        (tmp_path / 'village' / 'village.json').write_text(json.dumps(frames))
        scene, _ = open_scenes(tmp_path, ('airsim',))
        np.testing.assert_allclose(scene.images[0].R @ ahead, [0, 0, 1], atol=1e-9)
        np.testing.assert_allclose(scene.images[0].R @ right, [1, 0, 0], atol=1e-9)


def test_the_first_row_of_a_pfm_is_the_last_of_the_file_and_far_away_is_unknown(tmp_path):
    write_airsim(tmp_path / 'village', 2)
    depth = np.full((150, 200), 7.0)
    depth[:10], depth[140:] = 2.0, np.inf
    write_pfm(tmp_path / 'village/00_day_light/depth_persp/000.pfm', depth)
    read = open_scenes(tmp_path, ('airsim',))[0].images[0].depth.read()
    assert not read[140:].any()
    # A ray to the middle of the upper edge is sqrt(1 + .745^2) long where its depth is 1.
    assert read[0, 99] == pytest.approx(2 / math.hypot(1, 0.745), rel=1e-4)
    assert read[75, 100] == pytest.approx(7, rel=1e-3)


@pytest.mark.parametrize(('change', 'sentence'), [
    (lambda scene: (scene / 'village.json').unlink(), r'village: 0 files \*\.json'),
    (lambda scene: (scene / 'other.json').write_text('[]'), r'village: 2 files \*\.json'),
    (lambda scene: (scene / 'village.json').write_text('{"id": 1}'), 'not a list of frames'),
    (lambda scene: (scene / 'village.json').write_text('[]'), r'village\.json: no frames'),
    (lambda scene: (scene / '00_day_light/img/001.png').unlink(), r'001\.png: no such file'),
    (lambda scene: write_image(scene / '00_day_light/depth_persp/000.pfm',
                               np.zeros((4, 4, 3), np.float32)), 'not a depth map')])
def test_what_is_wrong_is_named(tmp_path, change, sentence):
    write_airsim(tmp_path / 'village', 2)
    change(tmp_path / 'village')
    with pytest.raises(DatasetError, match=sentence):
        airsim.read(tmp_path / 'village' / '00_day_light').depths[0].read()
