# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros.errors import OutputError
from residual_features_ros.geometry.camera import Camera

pytest.importorskip('torch')
from training.learn.round_folder import (
    CAMERA,
    check_folder,
    discard,
    load_camera,
    save_camera,
    tidy,
)


def test_a_camera_is_read_as_it_was_kept(tmp_path):
    K = np.array([[300.5, 0, 160], [0, 301, 120], [0, 0, 1]])
    for camera in (Camera(K, (320, 240), np.array([.1, -1e-5, 0, 0, 0])),
                   Camera(K, (320, 240), np.array([.1, 0, 1e-7, 0]), 'equidistant'), Camera(K)):
        save_camera(tmp_path / CAMERA, camera)
        found = load_camera(tmp_path / CAMERA)
        assert (found.K == camera.K).all() and found.size == camera.size
        assert (found.undistort([[5, 9]]) == camera.undistort([[5, 9]])).all()
        assert (found.model or 'plumb_bob') == (camera.model or 'plumb_bob')
    save_camera(tmp_path / CAMERA, None)
    assert load_camera(tmp_path / CAMERA) is None


def test_of_a_round_results_and_weights_stay(tmp_path):
    for name in ('frames', 'run', 'candidate', 'weights'):
        (tmp_path / name).mkdir()
    for name in (CAMERA, 'result.json', 'report.html'):
        (tmp_path / name).touch()
    tidy(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        'report.html', 'result.json', 'weights']


def test_a_round_without_frames_goes_and_nothing_else(tmp_path):
    for name, more in (('mine', ()), ('round', ('learn.json',)), ('both', ('learn.json', 'text'))):
        folder = tmp_path / name
        (folder / 'frames').mkdir(parents=True)
        for file in more:
            (folder / file).touch()
        discard(folder)
    assert [*(tmp_path / 'both').iterdir()] == [tmp_path / 'both/text']
    assert not (tmp_path / 'round').exists() and (tmp_path / 'mine/frames').exists()


def test_a_folder_of_something_else_is_refused(tmp_path):
    check_folder(tmp_path / 'not there')
    (tmp_path / 'round-0001').mkdir()
    check_folder(tmp_path)
    (tmp_path / 'thesis').mkdir()
    with pytest.raises(OutputError, match='thesis'):
        check_folder(tmp_path)
