# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import cv2
import numpy as np
import pytest

from residual_features_ros.errors import DatasetError
from training.config import DataConfig, PhotometricConfig, WarpConfig
from training.data.pairs.keypoint_pairs import KeypointPairs
from training.data.sources.exposures import Exposures, open_exposures
from training.data.sources.images import open_folder


@pytest.fixture
def scenes(tmp_path):
    for scene, levels in enumerate(((10, 200), (20, 210), (30, 220))):
        (tmp_path / f'{scene:03}').mkdir()
        for number, level in enumerate(levels, 1):
            cv2.imwrite(str(tmp_path / f'{scene:03}' / f'{number}.png'),
                        np.full((48, 62 + 2 * number, 3), level, np.uint8))
    return tmp_path


def test_the_two_photographs_of_a_scene_are_drawn_at_one_size(scenes):
    training, held_out = open_exposures(str(scenes))
    seen = []
    for exposures in (training, held_out):
        drawn = [exposures.draw(np.random.default_rng(seed)) for seed in range(30)]
        assert all(first.shape == second.shape for first, second in drawn)
        seen.append({(int(first[0, 0, 0]), int(second[0, 0, 0])) for first, second in drawn})
    assert seen == [{(10, 200), (200, 10), (20, 210), (210, 20)}, {(30, 220), (220, 30)}]


def test_no_folder_is_none_and_a_wrong_one_an_error(tmp_path):
    assert not any(open_exposures('')) and not Exposures()
    with pytest.raises(DatasetError, match='0 folders of exposure pairs'):
        open_exposures(str(tmp_path / 'missing'))


def test_pairs_are_made_of_them(scenes, photographs):
    still = PhotometricConfig(brightness=0, contrast=0, saturation=0, hue_deg=0, noise=0, gamma=1,
                              blur_share=0, motion_share=0, grey_share=0)
    config = DataConfig(size=(64, 48), keypoints=8, exposure_share=1, photometric=still,
                        warp=WarpConfig(0, 0, 1, 0, 0))
    images = open_folder(photographs)
    pairs = KeypointPairs(images, 'rootsift', config, 0, 2, open_exposures(str(scenes))[0])
    levels = [int(view[20, 20, 0]) for view in pairs[0]['images']]
    assert abs(levels[0] - levels[1]) == 190
    never = KeypointPairs(images, 'rootsift', replace(config, exposure_share=0), 0, 2,
                          open_exposures(str(scenes))[0])
    none = KeypointPairs(images, 'rootsift', config, 0, 2)
    np.testing.assert_array_equal(never[1]['images'], none[1]['images'])
