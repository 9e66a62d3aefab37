# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import sqlite3

import cv2
import numpy as np
import pytest
from support.posed_scene import SIZE, write_video
from support.unposed_scene import write_database, write_photographs

from residual_features_ros.datasets.layouts import open_scenes
from residual_features_ros.datasets.photographs import guess
from residual_features_ros.errors import DatasetError


def names(root):
    return [scene.name for scene in open_scenes(root, unposed=True)]


@pytest.mark.parametrize('below', ['', 'images', 'Fountain', 'ETH/Fountain/images'])
def test_a_folder_of_photographs_is_a_scene(tmp_path, below):
    write_photographs(tmp_path / below, 4)
    scene, = open_scenes(tmp_path, unposed=True)
    assert scene.name == {'': tmp_path.name, 'images': tmp_path.name}.get(
        below, below.removesuffix('/images'))
    assert scene.folder == tmp_path / below and scene.covisible is None and not scene.numbers
    assert [image.name for image in scene.images] == ['00.png', '01.png', '02.png', '03.png']
    image, camera, original = scene.images[1].read((160, 120))
    assert image.shape == (120, 160, 3) and original == SIZE
    assert camera.guessed and camera.focal_px == pytest.approx(1.2 * 160)
    assert not scene.images[1].posed


def test_the_guess_looks_at_the_middle():
    camera = guess((5, 10))
    assert camera.K.tolist() == [[12, 0, 2], [0, 12, 4.5], [0, 0, 1]] and camera.guessed


def test_scenes_without_poses_stand_beside_posed_ones(tmp_path):
    write_video(tmp_path / 'posed')
    write_photographs(tmp_path / 'b' / 'images', 3)
    write_photographs(tmp_path / 'b' / 'dense' / 'images', 3)  # a scene's own
    write_photographs(tmp_path / 'few' / 'images', 2)
    write_photographs(tmp_path / '.hidden' / 'images', 3)
    write_photographs(tmp_path / 'drawings', 3)  # of anything
    assert names(tmp_path) == ['b', 'posed']
    assert [scene.name for scene in open_scenes(tmp_path)] == ['posed']


def test_what_is_of_another_layout_is_none_of_these(tmp_path):
    write_photographs(tmp_path / 'desk' / 'rgb', 3)
    (tmp_path / 'desk' / 'rgb.txt').write_text('')
    with pytest.raises(DatasetError, match=r'no scene there.*three images or more'):
        names(tmp_path)


def test_a_database_has_the_cameras(tmp_path):
    scene = write_photographs(tmp_path / 'made' / 'images', 4).parent
    write_database(scene / 'database.db', 3, 2)  # the last image is not in it
    before = (scene / 'database.db').read_bytes()
    found, = open_scenes(tmp_path, unposed=True)
    assert [image.name for image in found.images] == ['00.png', '01.png', '02.png']
    first, second, third = (image.camera for image in found.images)
    assert first is third and first is not second
    np.testing.assert_allclose(first.K, [[300, 0, 159.5], [0, 300, 119.5], [0, 0, 1]])
    assert first.distortion.tolist() == [0.01, 0, 0, 0] and not first.guessed and second.guessed
    assert first.size == SIZE and first.resized((160, 120)).focal_px == 150
    assert second.resized((160, 120)).guessed
    assert (scene / 'database.db').read_bytes() == before
    assert [path.name for path in scene.iterdir() if path.is_file()] == ['database.db']


def unlink_image(scene):
    (scene / 'images' / '01.png').unlink()


def spoil(scene):
    (scene / 'database.db').write_bytes(b'text')


def forget_cameras(scene):
    change(scene, 'DELETE FROM cameras')


def take_a_fisheye(scene):
    change(scene, 'UPDATE cameras SET model = 5')


def forget_images(scene):
    change(scene, "DELETE FROM images WHERE name != '00.png'")


def empty_table(scene):
    change(scene, 'DROP TABLE images')


def change(scene, command):
    with sqlite3.connect(scene / 'database.db') as database:
        database.execute('PRAGMA foreign_keys = OFF')
        database.execute(command)
    database.close()


@pytest.mark.parametrize(('fault', 'sentence'), [
    (unlink_image, r'01\.png: no such file, one of 1 of 4 images that .*database\.db has'),
    (spoil, r'database\.db: no database of COLMAP to use \(file is not a database\)'),
    (forget_cameras, r'database\.db: no database of COLMAP to use'),
    (take_a_fisheye, "camera model '5': known are SIMPLE_PINHOLE"),
    (forget_images, r'database\.db: 1 images, 3 are the least'),
    (empty_table, 'no such table: images')])
def test_what_is_wrong_is_named(tmp_path, fault, sentence):
    scene = write_photographs(tmp_path / 'made' / 'images', 4).parent
    write_database(scene / 'database.db', 4, 1)
    fault(scene)
    with pytest.raises(DatasetError, match=sentence):
        names(tmp_path)


def test_an_image_that_is_none_is_named(tmp_path):
    folder = write_photographs(tmp_path / 'made', 3)
    (folder / '02.png').write_bytes(cv2.imencode('.png', np.zeros((9, 9)))[1].tobytes()[:30])
    with pytest.raises(DatasetError, match=r'02\.png: not an image'):
        names(tmp_path)
