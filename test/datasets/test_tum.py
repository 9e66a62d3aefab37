# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import cv2
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


@pytest.mark.parametrize('end', ['\n', '\r\n'])
def test_a_sequence_as_published(tmp_path, monkeypatch, end):
    """Write the files as TUM's page "File Formats" has them, and name the folder from its own."""
    home = tmp_path / 'rgbd_dataset_freiburg3_long_office_household'
    for name in ('rgb', 'depth'):
        (home / name).mkdir(parents=True)
    times = ['1341847980.722988', '1341847980.754743', '1341847980.786856']
    depths = ['1341847980.723020', '1341847980.754755', '1341847980.786879']
    truth = ['1341847980.7200 -0.6821 2.6914 1.7371 0.0003 0.8617 -0.5072 -0.0145',
             '1341847980.7300 -0.6821 2.6914 1.7371 0.0003 0.8617 -0.5072 -0.0145',
             '1341847980.7900 -0.6730 2.6880 1.7390 0.0010 0.8610 -0.5080 -0.0150']

    def write(name, what, columns, rows):
        lines = [f'# {what}', f"# file: '{home.name}.bag'", f'# {columns}', *rows, '']
        (home / name).write_bytes(end.join(lines).encode())

    for time in times:
        cv2.imwrite(str(home / 'rgb' / f'{time}.png'), np.zeros((48, 64, 3), np.uint8))
    for time in depths:
        cv2.imwrite(str(home / 'depth' / f'{time}.png'), np.full((48, 64), 5000, np.uint16))
    write('rgb.txt', 'color images', 'timestamp filename', [f'{t} rgb/{t}.png' for t in times])
    write('depth.txt', 'depth maps', 'timestamp filename', [f'{t} depth/{t}.png' for t in depths])
    write('groundtruth.txt', 'ground truth trajectory', 'timestamp tx ty tz qx qy qz qw', truth)
    monkeypatch.chdir(home)
    found = tum.read(Path())
    assert found.notes == [] and found.added_ns == 0
    assert [stamp for stamp, _ in found.images] == [
        1341847980722988000, 1341847980754743000, 1341847980786856000]
    assert all(path.is_file() for _, path in found.images)
    assert [depth.path.stem for depth in found.depths] == depths
    assert found.ground_truth.stamps_ns.tolist() == [
        1341847980720000000, 1341847980730000000, 1341847980790000000]
    assert np.isnan(found.poses).all((1, 2)).tolist() == [False, True, False]
    np.testing.assert_allclose(found.poses[2][:3, 3], [-0.6730, 2.6880, 1.7390])
    assert found.camera.K[0, 0] == 535.4
