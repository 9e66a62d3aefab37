# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest
from support.posed_scene import CAMERA, SIZE, K, pose, write_video
from support.posed_trees import wall_view, write_dense, write_h5, write_image, write_phototourism

from residual_features_ros.datasets.layouts import LAYOUTS, open_scenes
from residual_features_ros.geometry.camera import Camera


def test_a_video_has_world_to_camera_poses(tmp_path):
    scene, = open_scenes(write_video(tmp_path / 'made'))
    assert scene.name == 'made' and scene.numbers == (0, 1, 2, 3, 4, 5)
    for k, view in enumerate(scene.images):
        R, t = pose(k)
        np.testing.assert_allclose(view.R, R, atol=1e-9)
        np.testing.assert_allclose(view.t, t, atol=1e-9)
    assert scene.covisible is None and scene.folder == tmp_path / 'made' / 'images'


def test_kitti_and_strecha(tmp_path):
    write_video(tmp_path / 'a' / 'video')
    rows = np.loadtxt(tmp_path / 'a' / 'video' / 'poses.txt')
    kitti, strecha = tmp_path / 'b' / 'kitti', tmp_path / 'strecha'
    for k in range(6):
        image = (tmp_path / 'a' / 'video' / 'images' / f'{k:02}.png').read_bytes()
        for folder in (kitti / 'image_0', strecha / 'images', strecha / 'cameras'):
            folder.mkdir(parents=True, exist_ok=True)
        (kitti / 'image_0' / f'{k:02}.png').write_bytes(image)
        (strecha / 'images' / f'{k:02}.png').write_bytes(image)
        R, t = pose(k)
        double = CAMERA.resized((640, 480)).K
        values = [*double, np.zeros(3), *R.T, -R.T @ t]
        (strecha / 'cameras' / f'{k:02}.png.camera').write_text(
            '\n'.join(' '.join(map(str, row)) for row in values) + '\n640 480\n')
    words = ' '.join(str(v) for v in np.c_[K, np.zeros(3)].ravel())
    (kitti / 'calib.txt').write_text(f'P0: {words}\nP1: {words}\n')
    (tmp_path / 'poses').mkdir()
    np.savetxt(tmp_path / 'poses' / 'kitti.txt', rows[:, :12])
    scenes = open_scenes(tmp_path)
    assert [scene.name for scene in scenes] == ['a/video', 'b/kitti', 'strecha']
    for scene in scenes:
        image, camera, original = scene.images[3].read((160, 1000))
        assert original == SIZE and camera.size == image.shape[1::-1] == (160, 120)
        np.testing.assert_allclose(camera.K, CAMERA.resized((160, 120)).K, atol=1e-9)
        np.testing.assert_allclose(scene.images[3].centre, -pose(3)[0].T @ pose(3)[1], atol=1e-9)


def test_phototourism_of_both_kinds(tmp_path):
    views = [wall_view(step) for step in (0.0, 0.5, 1.0)]
    write_dense(tmp_path, views, [range(20), range(10, 30), range(40, 60)])
    write_phototourism(tmp_path, views)
    dense, calibrated = open_scenes(tmp_path)
    assert dense.name == 'brandenburg_gate/dense' and dense.covisible.tolist() == [[0, 1]]
    assert calibrated.name == 'reichstag/set_100'
    assert calibrated.covisible.tolist() == [[1, 0], [2, 1]]
    for scene in (dense, calibrated):
        np.testing.assert_allclose(scene.images[1].camera.K, views[1].K, atol=1e-9)
        np.testing.assert_allclose(scene.images[1].centre, [0.5, 0, 0], atol=1e-9)


@pytest.mark.parametrize('change, sentence', [
    (lambda folder: np.savetxt(folder / 'poses.txt', np.ones((5, 16))), '5 poses for 6 images'),
    (lambda folder: np.savetxt(folder / 'poses.txt', np.ones((6, 16))), 'no rotation'),
    (lambda folder: np.savetxt(folder / 'poses.txt', np.ones((6, 7))), 'rows of 12 or 16 numb'),
    (lambda folder: (folder / 'poses.txt').unlink(), 'poses.txt: no such file'),
    (lambda folder: (folder / 'K.txt').write_text('fx fy'), 'not rows of numbers'),
    (lambda folder: (folder / 'K.txt').unlink(), 'no posed scene'),
    (lambda folder: (folder / 'images' / '00.png').write_bytes(b''), 'not an image'),
])
def test_what_is_wrong_is_named(tmp_path, change, sentence):
    folder = write_video(tmp_path / 'made')
    change(folder)
    with pytest.raises(ValueError, match=sentence):
        open_scenes(folder)


def test_missing_cameras_and_pairs_of_no_pose_are_named(tmp_path):
    (tmp_path / 'cameras').mkdir()
    (tmp_path / 'cameras' / '0.png.camera').write_text('1')
    for name in '01':
        write_image(tmp_path / 'images' / f'{name}.png', np.zeros((40, 40, 3), np.uint8))
    with pytest.raises(ValueError, match=r'0\.png\.camera: not rows of 26'):
        open_scenes(tmp_path)
    write_phototourism(tmp_path / 'p', [wall_view(0.1), wall_view(0.5)])
    with pytest.raises(ValueError, match=r'no calibration_02_12\.h5, which'):
        open_scenes(tmp_path / 'p')
    write_h5(tmp_path / 'p/reichstag/set_100/calibration/calibration_00_12.h5', K=K)
    with pytest.raises(ValueError, match='HDF5 file with K, R and T'):
        open_scenes(tmp_path / 'p')


@pytest.mark.parametrize('camera, sentence', [
    (Camera(np.diag([3.0, 3, 1]) @ K, SIZE), 'wrong K, its principal point'),
    (Camera(K, (320, 320)), 'K is for 320x320, another shape')])
def test_a_wrong_k_is_told(tmp_path, camera, sentence):
    view = open_scenes(write_video(tmp_path / 'made'))[0].images[0]
    with pytest.raises(ValueError, match=sentence):
        replace(view, camera=camera).read(SIZE)


def test_a_folder_without_a_scene_names_what_was_looked_for(tmp_path):
    with pytest.raises(ValueError, match=r'no posed scene.*image_0/ \(KITTI odometry\); K\.txt'):
        open_scenes(tmp_path)
    with pytest.raises(ValueError, match=r'has one of: rgb\.txt, groundtruth\.txt'):
        open_scenes(tmp_path, ['tum'])
    with pytest.raises(ValueError, match='no such folder'):
        open_scenes(tmp_path / 'absent')


def test_no_layout_has_the_marker_of_another():
    markers = [layout.marker for layout in LAYOUTS.values()]
    assert len(set(markers)) == len(markers)
