# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from support.posed_trees import HEIGHT, WIDTH, K, write_video

from residual_features_ros.datasets import rgbd


def test_a_video_has_camera_poses_and_depth(tmp_path):
    write_video(tmp_path, 4)
    (tmp_path / 'depth' / '02.png').unlink()
    found = rgbd.read(tmp_path)
    np.testing.assert_allclose(found.camera.K, K)
    assert found.camera.size == (WIDTH, HEIGHT)
    np.testing.assert_allclose(found.poses[:, 0, 3], [0, 0.05, 0.1, 0.15])
    assert [depth is None for depth in found.depths] == [False, False, True, False]
    np.testing.assert_allclose(found.depths[1].read(), 4, atol=1e-3)
    assert found.images[3][0] == 10**9 + 3 * 10**8
    assert rgbd.read(tmp_path, hz=30).images[3][0] == 10**9 + 10**8


def test_a_depth_map_that_is_none_is_named(tmp_path):
    write_video(tmp_path, 2)
    cv2.imwrite(str(tmp_path / 'depth' / '00.png'), np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(ValueError, match=r'00\.png: not a depth map'):
        rgbd.read(tmp_path).depths[0].read()
