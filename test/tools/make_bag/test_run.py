# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Data sets in the layouts of their authors become bags."""
import cv2
import numpy as np
import pytest
from support.rendered_scene import MATRIX, camera_path, view

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from residual_features_ros.datasets.calibration import camera_from_message
from residual_features_ros.datasets.trajectory_files import write_tum
from residual_features_ros.geometry.pose import quaternion_of
from residual_features_ros.geometry.trajectory import Trajectory
from residual_features_ros.tools.bags.rosbag import ImageBag, stamp_ns
from residual_features_ros.tools.bags.topics import first_info, read_poses
from residual_features_ros.tools.command_line import main

POSES = camera_path(3)
TIMES = ['0.0', '0.103600', '0.2']


def save_images(folder, names):
    folder.mkdir(parents=True)
    for name, pose in zip(names, POSES, strict=True):
        cv2.imwrite(str(folder / name), view(pose))


def make(kind, folder, out, *words):
    return main(['make-bag', kind, str(folder), '--out', str(out), *words])


def check(out, stamps, poses):
    bag = ImageBag(out, '/camera/image_raw')
    assert [stamp_ns(m) for _, m in bag.messages(9)] == stamps
    found, _ = read_poses(bag, '/groundtruth', [])
    assert found.stamps_ns.tolist() == stamps
    np.testing.assert_allclose(found.poses, poses, atol=1e-6)
    return camera_from_message(first_info(bag, '/camera/camera_info', []))


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_kitti(tmp_path, storage):
    home = tmp_path / 'sequences' / '07'
    save_images(home / 'image_2', ['000000.png', '000001.png', '000002.png'])
    (home / 'times.txt').write_text('\n'.join(TIMES))
    p2 = np.hstack([MATRIX, MATRIX @ [[-0.06], [0], [0]]])  # 6 cm to the right of camera 0
    rows = {f'P{k}': np.hstack([MATRIX, np.zeros((3, 1))]) for k in range(2)} | {'P2': p2}
    (home / 'calib.txt').write_text('\n'.join(
        f'{name}: {" ".join(map(str, p.ravel()))}' for name, p in rows.items()))
    (tmp_path / 'poses').mkdir()
    np.savetxt(tmp_path / 'poses' / '07.txt', POSES[:, :3].reshape(3, 12))
    assert make('kitti', home, tmp_path / 'bag', '--storage', storage) == 0
    aside = np.eye(4)
    aside[0, 3] = 0.06
    camera = check(tmp_path / 'bag', [10**9, 1_103_600_000, 1_200_000_000], POSES @ aside)
    np.testing.assert_allclose(camera.K, MATRIX)
    assert camera.size == (320, 240)


@pytest.mark.parametrize(('encoding', 'dtype'), [
    ('mono8', 'u1'), ('mono16', 'u2'), ('32FC1', 'f4'), ('16SC1', 'i2')])
def test_images_keep_their_depth(tmp_path, encoding, dtype):
    (tmp_path / 'in').mkdir()
    stored = (view(POSES[0]).astype(float) * (1 if dtype == 'u1' else 8)).astype(dtype)
    cv2.imwrite(str(tmp_path / 'in' / '1.tiff'), stored)
    assert make('images', tmp_path / 'in', tmp_path / 'bag') == 0
    (_, message), = ImageBag(tmp_path / 'bag', '').messages(9)
    assert message.encoding == encoding and message.step == stored[0].nbytes
    np.testing.assert_array_equal(message.data.view(dtype).reshape(stored.shape), stored)


def test_tum(tmp_path, capsys):
    home = tmp_path / 'rgbd_dataset_freiburg2_xyz'
    save_images(home / 'rgb', ['1.5.png', '1.6.png', '1.7.png'])
    (home / 'rgb.txt').write_text('# t f\n1.5 rgb/1.5.png\n1.600000 rgb/1.6.png\n1.7 rgb/1.7.png\n'
                                  '1.8 rgb/1.8.png\n')
    stamps = [1_500_000_000, 1_600_000_000, 1_700_000_000]
    write_tum(home / 'groundtruth.txt', Trajectory(np.array(stamps), POSES))
    assert make('tum', home, tmp_path / 'bag') == 0
    camera = check(tmp_path / 'bag', stamps, POSES)
    assert camera.K[0, 0] == 520.9 and camera.distortion[0] == 0.2312
    assert '1 of 4 images named' in capsys.readouterr().out
    assert make('tum', home, tmp_path / 'bag', '--hz', '5') == 2


def test_euroc(tmp_path):
    home = tmp_path / 'mav0'
    stamps = [1403636579763555584 + i * 50_000_000 for i in range(3)]
    save_images(home / 'cam0' / 'data', [f'{stamp}.png' for stamp in stamps])
    (home / 'cam0' / 'data.csv').write_text('#timestamp [ns],filename\r\n' + ''.join(
        f'{stamp},{stamp}.png\r\n' for stamp in stamps))
    mount = camera_path(6)[5]
    (home / 'cam0' / 'sensor.yaml').write_text(
        f'T_BS:\n  cols: 4\n  rows: 4\n  data: {mount.ravel().tolist()}\n'
        'resolution: [320, 240]\nintrinsics: [260, 261, 160, 120]\n'
        'distortion_model: radial-tangential\ndistortion_coefficients: [-0.28, 0.07, 0.0, 0.0]\n')
    truth = home / 'state_groundtruth_estimate0'
    truth.mkdir()
    body = POSES @ np.linalg.inv(mount)
    (truth / 'data.csv').write_text('#timestamp, p\n' + ''.join(
        ','.join(map(str, [stamp, *pose[:3, 3],
                           *quaternion_of(pose[:3, :3])[[3, 0, 1, 2]], *np.zeros(9)])) + '\n'
        for stamp, pose in zip(stamps, body, strict=True)))
    assert make('euroc', tmp_path, tmp_path / 'bag') == 0
    camera = check(tmp_path / 'bag', stamps, POSES)
    assert camera.model == 'plumb_bob' and camera.distortion[0] == -0.28


def test_a_folder(tmp_path, capsys):
    save_images(tmp_path / 'in', ['a.png', 'b.png', 'c.png'])
    (tmp_path / 'in' / 'd.png').write_text('no picture')
    assert make('images', tmp_path / 'in', tmp_path / 'bag', '--hz', '20') == 0
    bag = ImageBag(tmp_path / 'bag', '')
    assert [stamp_ns(m) for _, m in bag.messages(9)] == [10**9 + i * 50_000_000 for i in range(3)]
    assert 'd.png: no image' in capsys.readouterr().out


def test_images_of_a_folder_are_in_natural_order_and_bad_ones_named(tmp_path, capsys):
    inside = tmp_path / 'in'
    inside.mkdir()
    for i in range(1, 13):
        cv2.imwrite(str(inside / f'{i}.png'), np.full((48, 64), i, np.uint8))
    (inside / '3.png').write_bytes(b'')
    (inside / '7.png').unlink()
    (inside / '7.png').symlink_to(tmp_path / 'gone.png')
    (inside / '._9.png').write_bytes(b'Mac OS X')
    assert make('images', inside, tmp_path / 'bag') == 0
    shown = [int(np.median(m.data)) for _, m in ImageBag(tmp_path / 'bag', '').messages(20)]
    assert shown == [1, 2, 4, 5, 6, 8, 9, 10, 11, 12]
    said = capsys.readouterr().out
    assert '3.png: no image' in said and '7.png: no image' in said
    assert '2 of 12 images were left out' in said


def test_a_folder_of_bad_images_is_a_failure(tmp_path, capsys):
    (tmp_path / 'in').mkdir()
    (tmp_path / 'in' / '1.png').write_bytes(b'')
    assert make('images', tmp_path / 'in', tmp_path / 'bag') == 1
    assert '1 of 1 images were left out' in capsys.readouterr().out


def test_a_calibration_file_gives_the_camera(tmp_path, capsys):
    save_images(tmp_path / 'in', ['a.png', 'b.png', 'c.png'])
    path = tmp_path / 'camera.yaml'
    path.write_text('image_width: 320\nimage_height: 240\ncamera_matrix:\n'
                    f'  data: {MATRIX.ravel().tolist()}\n')
    assert make('images', tmp_path / 'in', tmp_path / 'bag', '--camera-info', str(path)) == 0
    message = first_info(ImageBag(tmp_path / 'bag', ''), '/camera/camera_info', [])
    np.testing.assert_allclose(camera_from_message(message).K, MATRIX)
    assert 'camera_info: 3' in capsys.readouterr().out
    path.write_text('image_width: 320\n')
    assert make('images', tmp_path / 'in', tmp_path / 'bag', '--camera-info', str(path)) == 2
    assert 'not a calibration file' in capsys.readouterr().err


@pytest.mark.parametrize(('kind', 'said'), [
    ('kitti', 'no folder image_0'), ('tum', 'rgb.txt: no such file'),
    ('euroc', 'cam0/data.csv: no such file'),
    ('images', 'no image in this folder')])
def test_a_folder_of_another_layout_is_refused(tmp_path, capsys, kind, said):
    (tmp_path / 'empty').mkdir()
    assert make(kind, tmp_path / 'empty', tmp_path / 'bag') == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / 'bag').exists()


@pytest.mark.parametrize('inside', [False, True])
def test_a_recording_that_is_there_stays(tmp_path, capsys, inside):
    save_images(tmp_path / 'in', ['a.png', 'b.png', 'c.png'])
    bag = tmp_path / 'field_test'
    assert make('images', tmp_path / 'in', bag) == 0
    (bag / 'notes.md').write_text('sunny')
    source = tmp_path / 'in'
    if inside:  # the images lie in the folder of the recording
        source = (tmp_path / 'in').rename(bag / 'images')
    before = {path: path.read_bytes() for path in bag.rglob('*') if path.is_file()}
    capsys.readouterr()
    assert make('images', source, bag) == 2
    assert 'field_test: there already, and nothing is replaced' in capsys.readouterr().err
    assert {path: path.read_bytes() for path in bag.rglob('*') if path.is_file()} == before


def test_a_path_that_sqlite_would_misread_is_refused(tmp_path, capsys):
    save_images(tmp_path / 'in', ['a.png', 'b.png', 'c.png'])
    out = tmp_path / 'a#b?c%20d' / 'bag'
    assert make('images', tmp_path / 'in', out, '--storage', 'sqlite3') == 2
    assert 'take --storage mcap' in capsys.readouterr().err
    assert make('images', tmp_path / 'in', out) == 0
    assert len(list(ImageBag(out, '').messages(9))) == 3
    assert {path.name for path in tmp_path.iterdir()} == {'in', 'a#b?c%20d'}
