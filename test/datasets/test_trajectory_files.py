# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.rendered_scene import camera_path

from residual_features_ros.datasets.trajectory_files import read_trajectory, write_tum
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.trajectory import Trajectory


def test_tum_files_survive(tmp_path):
    stamps = 1_700_000_000_123_456_789 + np.arange(4) * 33_333_333
    write_tum(tmp_path / 'a.tum', Trajectory(stamps, camera_path(4)))
    back, left_out = read_trajectory(tmp_path / 'a.tum')
    assert back.stamps_ns.tolist() == stamps.tolist() and left_out == 0
    np.testing.assert_allclose(back.poses, camera_path(4), atol=1e-8)


def test_a_tum_file_is_read_by_evo(tmp_path):
    file_interface = pytest.importorskip('evo.tools.file_interface', reason='evo not installed')
    write_tum(tmp_path / 'a.tum', Trajectory(np.array([10**9, 2 * 10**9]), camera_path(2)))
    read = file_interface.read_tum_trajectory_file(str(tmp_path / 'a.tum'))
    np.testing.assert_allclose(read.positions_xyz, camera_path(2)[:, :3, 3], atol=1e-8)


def test_kitti_poses_need_times(tmp_path):
    rows = camera_path(3)[:, :3].reshape(3, 12)
    np.savetxt(tmp_path / 'poses.txt', rows)
    with pytest.raises(DatasetError, match='--groundtruth-times'):
        read_trajectory(tmp_path / 'poses.txt')
    (tmp_path / 'times.txt').write_text('0.0\n1.036e-01\n0.2\n')
    back, _ = read_trajectory(tmp_path / 'poses.txt')
    assert back.stamps_ns.tolist() == [0, 103_600_000, 200_000_000]
    np.testing.assert_allclose(back.poses, camera_path(3))
    (tmp_path / 'short.txt').write_text('0.0\n')
    with pytest.raises(DatasetError, match=r'1 times.*3 poses'):
        read_trajectory(tmp_path / 'poses.txt', tmp_path / 'short.txt')


def test_euroc_rows_have_w_first(tmp_path):
    (tmp_path / 'data.csv').write_text(
        '#timestamp, p_RS_R_x [m], ...\n1403636580838555648,1,2,3,0.5,0.5,-0.5,0.5,0,0,0\n')
    back, _ = read_trajectory(tmp_path / 'data.csv')
    assert back.stamps_ns.tolist() == [1403636580838555648]
    np.testing.assert_allclose(back.poses[0] @ [1, 0, 0, 1], [1, 2, 4, 1], atol=1e-12)


def test_bad_rows_are_counted(tmp_path):
    (tmp_path / 'a.txt').write_text('# c\n1 0 0 0 0 0 0 1\n2 0 0 0 0 0 0\n3 x 0 0 0 0 0 1\n'
                                    '4 0 0 0 0 0 0 0\n1 0 0 0 0 0 0 1\n5 nan 0 0 0 0 0 1\n')
    back, left_out = read_trajectory(tmp_path / 'a.txt')
    assert back.stamps_ns.tolist() == [10**9] and left_out == 5


@pytest.mark.parametrize(('text', 'said'), [('', 'no row'), ('1 2 3\n', '3 columns')])
def test_other_files_are_refused(tmp_path, text, said):
    (tmp_path / 'a.txt').write_text(text)
    with pytest.raises(DatasetError, match=said):
        read_trajectory(tmp_path / 'a.txt')
    with pytest.raises(DatasetError, match='cannot be read'):
        read_trajectory(tmp_path / 'none.txt')
