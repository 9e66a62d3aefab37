# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.posed_trees import HEIGHT, WIDTH, K, wall_view, write_tum

from residual_features_ros.datasets import tum

VIEWS = [wall_view(0.05 * k, 3.0 * k) for k in range(6)]


def test_images_have_the_depth_map_and_the_pose_nearest_in_time(tmp_path):
    write_tum(tmp_path, VIEWS, 1000)
    for name, line in (('depth.txt', 3), ('groundtruth.txt', 6)):
        lines = (tmp_path / name).read_text().splitlines()
        del lines[line]
        (tmp_path / name).write_text('\n'.join(lines))
    found = tum.read(tmp_path)
    np.testing.assert_allclose(found.camera.K, K)
    assert found.camera.size == (WIDTH, HEIGHT) and not found.camera.distorted
    assert [depth is None for depth in found.depths] == [k == 3 for k in range(6)]
    np.testing.assert_allclose(found.depths[0].read(), 4, atol=1e-3)
    assert np.isnan(found.poses).all((1, 2)).tolist() == [k == 5 for k in range(6)]
    scene = found.scene('room', tmp_path)
    assert scene.numbers == (0, 1, 2, 3, 4)
    np.testing.assert_allclose(scene.images[4].R, VIEWS[4].R, atol=1e-6)
    np.testing.assert_allclose(scene.images[4].t, VIEWS[4].t, atol=1e-6)


def test_the_folders_name_tells_the_camera_where_no_file_does(tmp_path):
    for name, focal, distorted in (('freiburg1_desk', 517.3, True), ('fr3_office', 535.4, False)):
        (tmp_path / name).mkdir()
        write_tum(tmp_path / name, VIEWS, calibration=False)
        camera = tum.read(tmp_path / name).camera
        assert camera.K[0, 0] == focal and camera.distorted == distorted
    (tmp_path / 'office').mkdir()
    write_tum(tmp_path / 'office', VIEWS, calibration=False)
    found = tum.read(tmp_path / 'office')
    assert found.camera is None and 'no calibration.txt' in found.notes[0]


def test_images_have_stamps_of_their_own(tmp_path):
    write_tum(tmp_path, VIEWS)
    assert tum.read(tmp_path).images[1][0] == 1_000_100_000_000
    with pytest.raises(ValueError, match='stamps of their own'):
        tum.read(tmp_path, hz=5)
