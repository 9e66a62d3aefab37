# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.posed_trees import HEIGHT, WIDTH, K, to_colmap, wall_view, write_dense

from residual_features_ros.datasets.colmap import from_colmap, overlapping, read, read_model

VIEWS = [wall_view(0.0), wall_view(0.4), wall_view(0.2, 15.0)]


def test_the_photographs_of_a_model_have_its_cameras_and_poses(tmp_path):
    write_dense(tmp_path, VIEWS, [range(0, 40), range(30, 70), range(65, 100)], without_depth=2)
    folder = tmp_path / 'brandenburg_gate' / 'dense'
    scene = read(folder, 'gate')
    assert [image.name for image in scene.images] == ['0.jpg', '1.jpg', '2.jpg']
    assert scene.covisible.tolist() == [[0, 1], [1, 2]] and scene.numbers == ()
    assert [len(seen) for seen in scene.points] == [40, 40, 35]
    for image, expected in zip(scene.images, VIEWS, strict=True):
        assert image.camera.size == (WIDTH, HEIGHT)
        for found, true in ((image.camera.K, K), (image.R, expected.R), (image.t, expected.t)):
            np.testing.assert_allclose(found, true, atol=1e-9)
    assert scene.images[0].depth.read().shape == (HEIGHT, WIDTH)
    assert scene.images[2].depth is None
    (folder / 'images' / '1.jpg').unlink()  # what is not on disk is left out
    assert [image.name for image in read(folder, 'gate').images] == ['0.jpg', '2.jpg']
    (folder / 'images' / '2.jpg').unlink()
    with pytest.raises(ValueError, match='fewer than two photographs'):
        read(folder, 'gate')


def test_covisible_photographs_share_points():
    points = [np.arange(100), np.arange(95, 200), np.arange(80, 90), np.zeros(0, int)]
    assert overlapping(points).tolist() == [[0, 2]]
    assert overlapping(points, 0.05).tolist() == [[0, 1], [0, 2]]


def test_colmaps_pixels_have_their_centre_at_a_half():
    np.testing.assert_allclose(from_colmap(to_colmap(K)), K)


def test_a_model_that_is_none_or_distorted_is_named(tmp_path):
    write_dense(tmp_path, VIEWS, [range(9)] * 3)
    folder = tmp_path / 'brandenburg_gate' / 'dense' / 'sparse'
    data = bytearray((folder / 'cameras.bin').read_bytes())
    data[12] = 2  # SIMPLE_RADIAL
    (folder / 'cameras.bin').write_bytes(data)
    with pytest.raises(ValueError, match='image_undistorter'):
        read_model(folder)
    for name in ('cameras.bin', 'images.bin'):
        write_dense(tmp_path, VIEWS, [range(9)] * 3)
        whole = (folder / name).read_bytes()
        for size in (0, 50, len(whole) - 1):
            (folder / name).write_bytes(whole[:size])
            with pytest.raises(ValueError, match=f'{folder}: no binary model'):
                read_model(folder)
        (folder / name).unlink()
        with pytest.raises(ValueError, match='no binary model'):
            read(folder.parent, 'gate')
