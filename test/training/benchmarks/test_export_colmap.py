# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import h5py
import numpy as np
import pycolmap
from support.posed_scene import write_video

from training.__main__ import main


def test_an_export_is_in_pixels_of_the_files(tmp_path, capsys):
    command = ['export-colmap', '--root', str(write_video(tmp_path / 'made', 3)), '--methods',
               'orb', '--size', '160x120', '--max-keypoints', '100']
    assert main([*command, '--database', str(tmp_path / 'a.db'), '--hloc',
                 str(tmp_path / 'hloc')]) == 0
    assert '3 images by orb' in capsys.readouterr().out
    database = pycolmap.Database.open(tmp_path / 'a.db')
    camera, keypoints = database.read_camera(1), database.read_keypoints(1)[:, :2]
    assert (camera.width, camera.height) == (320, 240)
    np.testing.assert_allclose(camera.params, [300, 300, 160, 120])
    assert keypoints.max() > 200 and database.num_matched_image_pairs() == 3
    database.close()
    with h5py.File(tmp_path / 'hloc' / 'features.h5') as file:
        np.testing.assert_allclose(file['00.png/keypoints'][:] + 0.5, keypoints, atol=1e-3)
    assert main([*command, '--database', str(tmp_path / 'a.db')]) == 2
    assert main(command) == 2
    assert 'nowhere to write' in capsys.readouterr().err
