# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.posed_trees import HEIGHT, WIDTH, K, wall_view, words, write_image

from residual_features_ros.datasets import kitti

COUNT = 5


def write(folder, images='image_0', named=True):
    """Write a camera that moves ahead, and a second one 0.5 to its right, as KITTI has them."""
    for k in range(COUNT):
        write_image(folder / images / f'{k:06}.png', wall_view(0.0).image)
    shifted = K @ np.c_[np.eye(3), [-0.5, 0, 0]]
    rows = [words(np.c_[K, np.zeros(3)].ravel()), words(shifted.ravel())]
    (folder / 'calib.txt').write_text(''.join(
        f'{f"P{i}: " if named else ""}{row}\n' for i, row in enumerate(rows)))
    poses = np.tile(np.eye(4), (COUNT, 1, 1))
    poses[:, 2, 3] = np.arange(COUNT)
    np.savetxt(folder / 'poses.txt', poses[:, :3].reshape(COUNT, 12))
    return poses


@pytest.mark.parametrize('named', [True, False], ids=['P0:', 'numbers alone'])
def test_a_sequence_has_camera_stamps_and_poses(tmp_path, named):
    poses = write(tmp_path, named=named)
    found = kitti.read(tmp_path)
    np.testing.assert_allclose(found.camera.K, K)
    assert found.camera.size == (WIDTH, HEIGHT)
    np.testing.assert_allclose(found.poses, poses)
    np.testing.assert_allclose(found.ground_truth.poses, poses)
    assert [stamp for stamp, _ in found.images] == [10**9 + k * 10**8 for k in range(COUNT)]
    assert found.notes == ['stamps are those of 10 Hz']
    scene = found.scene('00', tmp_path)
    np.testing.assert_allclose([image.centre[2] for image in scene.images], np.arange(COUNT))
    assert scene.numbers == tuple(range(COUNT)) and scene.folder == tmp_path / 'image_0'


def test_the_right_camera_stands_to_the_right(tmp_path):
    write(tmp_path, 'image_1')
    found = kitti.read(tmp_path)
    np.testing.assert_allclose(found.poses[:, 0, 3], 0.5)
    np.testing.assert_allclose(found.camera.K, K)


def test_times_and_poses_may_lie_where_kitti_has_them(tmp_path):
    folder = tmp_path / 'sequences' / '07'
    poses = write(folder)
    (tmp_path / 'poses').mkdir()
    (folder / 'poses.txt').rename(tmp_path / 'poses' / '07.txt')
    (folder / 'times.txt').write_text('0.0\n0.103725\n0.207\n0.31\n0.4\n')
    found = kitti.read(folder)
    np.testing.assert_allclose(found.poses, poses)
    assert found.images[1][0] == 10**9 + 103_725_000 and found.notes == []
    assert kitti.read(folder, hz=20).images[1][0] == 10**9 + 50_000_000


@pytest.mark.parametrize(('change', 'words_'), [
    (lambda folder: (folder / 'image_0').rename(folder / 'left'), 'no folder image_0'),
    (lambda folder: (folder / 'calib.txt').write_text('1 2 3'), 'not rows of 12 numbers'),
    (lambda folder: (folder / 'poses.txt').write_text(words(range(12))), '1 poses for 5 images'),
    (lambda folder: (folder / 'times.txt').write_text('0.5'), '5 images and 1 times'),
    (lambda folder: np.savetxt(folder / 'poses.txt', np.ones((5, 12))), 'row 1: not a pose'),
    (lambda folder: (folder / 'image_0').rename(folder / 'image_3'), '2 projection matrices'),
])
def test_what_is_wrong_is_named(tmp_path, change, words_):
    write(tmp_path)
    change(tmp_path)
    with pytest.raises(ValueError, match=words_):
        kitti.read(tmp_path)


def test_without_poses_or_camera_there_is_a_sequence_and_no_scene(tmp_path):
    write(tmp_path)
    for name in ('calib.txt', 'poses.txt'):
        (tmp_path / name).unlink()
    found = kitti.read(tmp_path)
    assert found.camera is None and found.ground_truth is None and len(found.images) == COUNT
    with pytest.raises(ValueError, match=r'no calib\.txt.*no poses\.txt'):
        found.scene('x', tmp_path)


def test_files_of_another_system_and_images_in_their_way(tmp_path):
    poses = write(tmp_path)
    for name in ('calib.txt', 'poses.txt'):
        text = (tmp_path / name).read_text()
        (tmp_path / name).write_bytes(('\ufeff' + text.replace('\n', '\r\n')).encode())
    (tmp_path / 'times.txt').write_bytes(b'\xef\xbb\xbf0\r\n1e-1\r\n0.2\r\n0.3\r\n0.4\r\n')
    (tmp_path / 'image_0' / '._000000.png').write_bytes(b'Mac OS X')
    (tmp_path / 'image_0' / '000000.png').write_bytes(b'')  # the size is that of the next one
    found = kitti.read(tmp_path)
    np.testing.assert_allclose(found.poses, poses)
    assert len(found.images) == COUNT and found.camera.size == (WIDTH, HEIGHT)


def test_times_in_nanoseconds_are_told(tmp_path):
    write(tmp_path)
    (tmp_path / 'times.txt').write_text('\n'.join(str(k * 10**8) for k in range(COUNT)))
    found = kitti.read(tmp_path)
    assert found.images[2][0] == 10**9 + 2 * 10**8
    assert 'its times are taken as nanoseconds' in found.notes[0]
