# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from support.rendered_scene import MATRIX, camera_path, view

from residual_features_ros.datasets import euroc
from residual_features_ros.datasets.trajectory_files import open_trajectory
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.pose import inverse, quaternion_of

STAMPS = [1520530308199447626 + i * 50_000_000 for i in range(4)]
POSES = camera_path(4)
MOUNT = camera_path(6)[5]
TITLE = ('#timestamp [ns], p_RS_R_x [m], p_RS_R_y [m], p_RS_R_z [m], q_RS_w [], q_RS_x [], '
         'q_RS_y [], q_RS_z []')


def write(home, truth='state_groundtruth_estimate0', end='\n', mark=''):
    """Write images and poses of the body, those as EuRoC and TUM-VI have them."""
    (home / 'mav0' / 'cam0' / 'data').mkdir(parents=True)
    for stamp, pose in zip(STAMPS, POSES, strict=True):
        cv2.imwrite(str(home / 'mav0' / 'cam0' / 'data' / f'{stamp}.png'), view(pose))
    lines = [f'{mark}#timestamp [ns],filename', *(f'{stamp},{stamp}.png' for stamp in STAMPS)]
    (home / 'mav0' / 'cam0' / 'data.csv').write_bytes((end.join(lines) + end).encode())
    rows = []
    for stamp, pose in zip(STAMPS, POSES @ inverse(MOUNT), strict=True):
        x, y, z, w = quaternion_of(pose[:3, :3])
        rows.append(','.join(map(str, [stamp, *pose[:3, 3], w, x, y, z])))
    (home / 'mav0' / truth).mkdir()
    (home / 'mav0' / truth / 'data.csv').write_bytes(
        end.join([mark + TITLE, *rows, '']).encode())
    return home


def write_sensor(home):
    (home / 'mav0' / 'cam0' / 'sensor.yaml').write_text(
        f'%YAML:1.0\nT_BS:\n  data: {MOUNT.ravel().tolist()}\nresolution: [320, 240]\n'
        f'intrinsics: {MATRIX[[0, 1, 0, 1], [0, 1, 2, 2]].tolist()}\n'
        'distortion_model: radial-tangential\ndistortion_coefficients: [-0.28, 0.07, 0.0, 0.0]\n')


def check(found):
    assert [stamp for stamp, _ in found.images] == STAMPS
    np.testing.assert_allclose(found.poses, POSES, atol=1e-6)
    np.testing.assert_allclose(found.camera.K, MATRIX)
    assert found.camera.size == (320, 240) and found.notes == []


@pytest.mark.parametrize('end', ['\n', '\r\n', '\r'])
@pytest.mark.parametrize('mark', ['', '\ufeff'])
def test_euroc(tmp_path, end, mark):
    write_sensor(write(tmp_path, end=end, mark=mark))
    check(euroc.read(tmp_path))


def test_tum_vi_has_poses_in_mocap0_and_the_camera_in_dso(tmp_path):
    write(tmp_path, 'mocap0')
    (tmp_path / 'dso').mkdir()
    (tmp_path / 'dso' / 'camchain.yaml').write_text(
        f'cam0:\n  T_cam_imu: {inverse(MOUNT).tolist()}\n  camera_model: pinhole\n'
        f'  intrinsics: {MATRIX[[0, 1, 0, 1], [0, 1, 2, 2]].tolist()}\n'
        '  distortion_model: equidistant\n  distortion_coeffs: [0.003, 0.0007, -0.002, 0.0002]\n'
        '  resolution: [320, 240]\n')
    found = euroc.read(tmp_path)
    check(found)
    assert found.camera.model == 'equidistant' and found.camera.distortion[0] == 0.003
    write_sensor(tmp_path)  # what the layout itself says comes first
    assert euroc.read(tmp_path).camera.model == 'plumb_bob'


def test_without_a_camera_there_are_images_and_the_reason(tmp_path):
    found = euroc.read(write(tmp_path))
    assert found.ground_truth is None and len(found.images) == 4
    assert 'no camera_info' in found.notes[0] and 'no ground truth' in found.notes[1]


@pytest.mark.parametrize('text', ['x: [', 'a', 'T_BS:\n  data: [1, 2]\n'])
def test_a_file_of_no_camera_is_named(tmp_path, text):
    (write(tmp_path) / 'mav0' / 'cam0' / 'sensor.yaml').write_text(text)
    with pytest.raises(DatasetError, match=r'sensor\.yaml: not a file of a camera'):
        euroc.read(tmp_path)


TUM_VI_CHAIN = """cam0:
  T_cam_imu:
{rows}
  cam_overlaps: [1]
  camera_model: pinhole
  distortion_coeffs: [0.0034823894022493434, 0.0007150348452162257, -0.0020532361418706202,
    0.00020293673591811182]
  distortion_model: equidistant
  intrinsics: {intrinsics}
  resolution: [320, 240]
  rostopic: /cam0/image_raw
  timeshift_cam_imu: 0.00012
cam1:
  camera_model: pinhole
"""


def write_tum_vi(home):
    """Write images of 20 Hz, and poses of 120 Hz at the begin and the end, as TUM-VI has them.

    Its web page and paper (Schubert et al., "The TUM VI Benchmark for Evaluating Visual-Inertial
    Odometry", IROS 2018): motion capture sees the start and the end of a sequence; its poses are
    those of the IMU, the same in mav0/mocap0/data.csv and, with another header, dso/gt_imu.csv.
    """
    write(home, 'mocap0')
    rows = [f'  - {row}' for row in inverse(MOUNT).tolist()]
    (home / 'dso').mkdir()
    (home / 'dso' / 'camchain.yaml').write_text(TUM_VI_CHAIN.format(
        rows='\n'.join(rows), intrinsics=MATRIX[[0, 1, 0, 1], [0, 1, 2, 2]].tolist()))
    lines = (home / 'mav0' / 'mocap0' / 'data.csv').read_text().splitlines()[1:]
    seen = []
    for line in (lines[0], lines[-1]):
        stamp, rest = line.split(',', 1)
        seen += [f'{int(stamp) + shift_ns},{rest}' for shift_ns in (-6_107_114, 2_226_219)]
    (home / 'mav0' / 'mocap0' / 'data.csv').write_text('\n'.join([TITLE, *seen]) + '\n')
    (home / 'dso' / 'gt_imu.csv').write_text(
        '\n'.join(['# timestamp[ns],tx,ty,tz,qw,qx,qy,qz', *seen]) + '\n')
    return home


def test_tum_vi_as_published(tmp_path):
    found = euroc.read(write_tum_vi(tmp_path / 'dataset-corridor4_512_16'))
    assert found.notes == [] and found.added_ns == 0
    assert [stamp for stamp, _ in found.images] == STAMPS
    assert found.ground_truth.stamps_ns.tolist() == [
        stamp + shift_ns for stamp in (STAMPS[0], STAMPS[-1])
        for shift_ns in (-6_107_114, 2_226_219)]
    assert np.isnan(found.poses).all((1, 2)).tolist() == [False, True, True, False]
    np.testing.assert_allclose(found.poses[[0, 3]], POSES[[0, 3]], atol=1e-6)
    assert found.camera.model == 'equidistant' and found.camera.size == (320, 240)


@pytest.mark.parametrize('name', ['mav0/mocap0/data.csv', 'dso/gt_imu.csv'])
def test_the_poses_of_tum_vi_are_those_of_a_body_in_nanoseconds(tmp_path, name):
    found = open_trajectory(write_tum_vi(tmp_path) / name)
    assert found.of_body and found.notes == () and found.left_out == 0
    assert found.trajectory.stamps_ns[1] == STAMPS[0] + 2_226_219
    np.testing.assert_allclose(found.trajectory.poses[[1, 3]],
                               (POSES @ inverse(MOUNT))[[0, 3]], atol=1e-6)
