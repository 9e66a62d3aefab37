# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.posed_scene import CAMERA, pose, write_video

from residual_features_ros.errors import CommandError, DatasetError
from residual_features_ros.tools.evaluate_slam.footage import open_footage
from residual_features_ros.tools.evaluate_slam.options import EvaluateSlamOptions


def test_a_video_on_disk(tmp_path):
    footage = open_footage(EvaluateSlamOptions(write_video(tmp_path / 'walk'), hz=5.0, step=2))
    for _ in range(2):  # each method reads it anew
        stamps, images = zip(*footage.images, strict=True)
        assert stamps == (0, 4 * 10**8, 8 * 10**8) and images[0].shape == (240, 320, 3)
    R, t = pose(2)
    np.testing.assert_allclose(footage.true_pose(4 * 10**8)[:3, 3], -R.T @ t, atol=1e-9)
    assert footage.true_pose(1) is None and footage.name == 'walk' and footage.notes() == []
    np.testing.assert_array_equal(footage.camera.K, CAMERA.K)


def test_what_is_no_single_video_is_told(tmp_path):
    (tmp_path / 'empty').mkdir()
    with pytest.raises(DatasetError, match=r'K\.txt, poses\.txt'):
        open_footage(EvaluateSlamOptions(tmp_path / 'empty'))
    for name in 'ab':
        write_video(tmp_path / name, 2)
    with pytest.raises(CommandError, match='holds 2 videos, name one of a, b'):
        open_footage(EvaluateSlamOptions(tmp_path))
