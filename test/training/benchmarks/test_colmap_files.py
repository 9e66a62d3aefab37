# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import h5py
import numpy as np
import pycolmap
import pytest
from support.posed_scene import CAMERA, K, exact_views
from support.unposed_scene import without_poses

from residual_features_ros import Matches
from residual_features_ros.datasets.colmap import camera_of
from training.benchmarks.colmap_files import to_colmap, to_refine, write_database, write_hloc

INDICES = np.array([[0, 5], [7, 2]], np.int32)


def test_a_database_gives_back_what_was_written(tmp_path):
    views = exact_views(2)
    write_database(tmp_path / 'a.db', views, [(0, 1, INDICES)], checked=True)
    database = pycolmap.Database.open(tmp_path / 'a.db')
    assert [image.name for image in database.read_all_images()] == ['00.png', '01.png']
    assert database.num_rigs() == database.num_frames() == database.num_cameras() == 2
    camera = database.read_camera(2)
    assert camera.model.name == 'PINHOLE' and camera.has_prior_focal_length
    assert camera.params.tolist() == [K[0, 0], K[1, 1], K[0, 2] + 0.5, K[1, 2] + 0.5]
    np.testing.assert_allclose(database.read_keypoints(1)[:, :2],
                               views[0].features.keypoints + 0.5)
    assert database.read_matches(1, 2).tolist() == INDICES.tolist()
    assert database.read_two_view_geometry(1, 2).inlier_matches.tolist() == INDICES.tolist()
    database.close()
    with pytest.raises(ValueError, match='there is a file already'):
        write_database(tmp_path / 'a.db', views, [])


def test_images_without_poses_may_share_a_camera_that_is_refined(tmp_path):
    guessed = dataclasses.replace(CAMERA, guessed=True)
    write_database(tmp_path / 'a.db', without_poses(exact_views(4), [guessed, CAMERA]), [])
    database = pycolmap.Database.open(tmp_path / 'a.db')
    assert [image.camera_id for image in database.read_all_images()] == [1, 2, 1, 2]
    assert [frame.rig_id for frame in database.read_all_frames()] == [1, 2, 1, 2]
    cameras = database.read_all_cameras()
    assert [camera.model.name for camera in cameras] == ['SIMPLE_RADIAL'] * 2
    assert [camera.has_prior_focal_length for camera in cameras] == [False, True]
    assert cameras[0].params.tolist() == [300, 160, 120, 0]
    database.close()


def test_a_lens_of_several_coefficients_keeps_them():
    one, two = (to_refine(camera_of('RADIAL', 100, 80, np.array([90.0, 50, 40, 0.1, k])), 1)
                for k in (0, 0.2))
    assert one.model.name == 'SIMPLE_RADIAL' and one.params.tolist() == [90, 50, 40, 0.1]
    assert two.model.name == 'OPENCV' and two.params.tolist() == [90, 90, 50, 40, 0.1, 0.2, 0, 0]


def test_hloc_files_have_its_names_types_and_pixels(tmp_path):
    views = exact_views(2)
    write_hloc(tmp_path, views, [(0, 1, Matches(INDICES, np.array([0, 1.0], np.float32)))])
    with h5py.File(tmp_path / 'features.h5') as file:
        np.testing.assert_allclose(file['00.png/keypoints'][:], views[0].features.keypoints)
        assert file['01.png/descriptors'].shape == (64, 150)
        assert file['01.png/image_size'][:].tolist() == [320, 240]
    with h5py.File(tmp_path / 'matches.h5') as file:
        group = file['00.png/01.png']
        rows = group['matches0'][:]
        assert rows.dtype == np.int16 and (rows >= 0).sum() == 2
        assert rows[[0, 7]].tolist() == [5, 2]
        assert group['matching_scores0'][:][[0, 7]].tolist() == [1, 0.75]
    assert (tmp_path / 'pairs.txt').read_text() == '00.png 01.png\n'
    with pytest.raises(ValueError, match='there is a file already'):
        write_hloc(tmp_path, views, [])


def test_cameras_of_both_kinds_reach_colmap():
    lens = to_colmap(camera_of('SIMPLE_RADIAL', 100, 80, np.array([90.0, 50, 40, 0.1])), 1)
    true = pycolmap.Camera(model='SIMPLE_RADIAL', width=100, height=80, params=[90, 50, 40, 0.1])
    np.testing.assert_allclose(lens.img_from_cam([0.3, 0.2, 1]), true.img_from_cam([0.3, 0.2, 1]))
