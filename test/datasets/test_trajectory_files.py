# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.rendered_scene import camera_path

from residual_features_ros.datasets.trajectory_files import (
    open_trajectory,
    read_times,
    read_trajectory,
    write_tum,
)
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.pose import quaternion_of
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
    with pytest.raises(DatasetError, match='no such file'):
        read_trajectory(tmp_path / 'none.txt')


STAMPS = np.array([10**18 + i * 10**8 for i in range(4)])
POSES = camera_path(4)
NUMBERS = [' '.join(f'{value:.12f}' for value in (*pose[:3, 3], *quaternion_of(pose[:3, :3])))
           for pose in POSES]
TITLE = '# timestamp tx ty tz qx qy qz qw'
ROWS = [f'{stamp // 10**9}.{stamp % 10**9:09} {row}' for stamp, row in
        zip(STAMPS.tolist(), NUMBERS, strict=True)]


def euroc_rows():
    return [','.join([str(stamp), *words[:3], words[6], *words[3:6], *['0'] * 9])
            for stamp, words in zip(STAMPS.tolist(), map(str.split, NUMBERS), strict=True)]


@pytest.mark.parametrize('lines', [
    [TITLE, *ROWS], ['\ufeff' + TITLE, *ROWS], ['\ufeff' + ROWS[0], *ROWS[1:]], [TITLE[2:], *ROWS],
    ['time stamp' + TITLE[11:], *ROWS], ['# of room 1, calibrated', *ROWS],
    [row.replace(' ', '\t') for row in ROWS], [row.replace(' ', ',') for row in ROWS],
    [TITLE[2:].replace(' ', ','), *(row.replace(' ', ',') for row in ROWS)],
    [row.replace('.', ',').replace(' ', ';') for row in ROWS],
    [row.replace('.', ',') for row in ROWS],
    euroc_rows(), ['#timestamp [ns], ...', *euroc_rows()], ['timestamp, p_x, ...', *euroc_rows()],
    [row + ',' for row in euroc_rows()], [row.replace(',', ';') for row in euroc_rows()],
    [f'{stamp:.18e}{row[19:]}' for stamp, row in zip(STAMPS, euroc_rows(), strict=True)]])
@pytest.mark.parametrize('end', ['\n', '\r\n', '\r'])
def test_the_same_poses_however_they_are_written(tmp_path, lines, end):
    (tmp_path / 'a.txt').write_bytes(end.join(lines).encode())
    found = open_trajectory(tmp_path / 'a.txt')
    assert found.trajectory.stamps_ns.tolist() == STAMPS.tolist() and found.left_out == 0
    np.testing.assert_allclose(found.trajectory.poses, POSES, atol=1e-9)
    assert found.notes == () and found.of_body == lines[-1].rstrip(',;').endswith('0,0,0'.replace(
        ',', ';' if ';' in lines[-1] else ','))


@pytest.mark.parametrize(('size', 'unit'), [(1, 'nanoseconds'), (1000, 'microseconds'),
                                            (10**6, 'milliseconds')])
def test_columns_of_tum_with_other_times_are_told(tmp_path, size, unit):
    (tmp_path / 'a.txt').write_text('\n'.join(
        f'{stamp // size}.000000 {row}' for stamp, row in
        zip(STAMPS.tolist(), NUMBERS, strict=True)))
    found = open_trajectory(tmp_path / 'a.txt')
    assert found.trajectory.stamps_ns.tolist() == STAMPS.tolist()
    np.testing.assert_allclose(found.trajectory.poses, POSES, atol=1e-9)
    assert f'its times are taken as {unit}' in found.notes[0]


def test_the_header_says_which_number_of_a_quaternion_is_w(tmp_path):
    turned = [' '.join([*row.split()[:4], row.split()[7], *row.split()[4:7]]) for row in ROWS]
    (tmp_path / 'a.txt').write_text('\n'.join(['# time x y z qw qx qy qz', *turned]))
    np.testing.assert_allclose(read_trajectory(tmp_path / 'a.txt')[0].poses, POSES, atol=1e-9)


@pytest.mark.parametrize(('place', 'cut'), [(0, 12), (3, 3), (3, 14)])
def test_a_row_that_is_cut_off_is_left_out(tmp_path, place, cut):
    rows = [f'{stamp} 0 0 0 0 0.6 0 0.8' for stamp in range(5)]
    (tmp_path / 'a.txt').write_text('\n'.join(
        [*rows[:place], rows[place][:-cut], *rows[place + 1:]]))
    found, left_out = read_trajectory(tmp_path / 'a.txt')
    assert len(found) == 4 and left_out == 1


def test_matrices_of_kitti_keep_to_their_times(tmp_path):
    rows = [' '.join(map(str, pose[:3].ravel())) for pose in POSES]
    (tmp_path / 'times.txt').write_text('\ufeff0.0\r\n1.0e-1\r\n0.2\r\n0.3\r\n')
    for text in ('\n'.join(rows), '\r\n'.join(row.replace(' ', ',') for row in rows),
                 '\n'.join(f'{row} 0 0 0 1' for row in rows)):
        (tmp_path / 'poses.txt').write_text(text)
        found = open_trajectory(tmp_path / 'poses.txt')
        assert found.trajectory.stamps_ns.tolist() == [0, 10**8, 2 * 10**8, 3 * 10**8]
        np.testing.assert_allclose(found.trajectory.poses, POSES)
    (tmp_path / 'poses.txt').write_text('\n'.join([rows[0], rows[1][:-30], *rows[2:]]))
    found = open_trajectory(tmp_path / 'poses.txt')
    assert found.trajectory.stamps_ns.tolist() == [0, 2 * 10**8, 3 * 10**8]
    assert found.left_out == 1
    (tmp_path / 'poses.txt').write_text('\n'.join([' '.join('1' * 12)] * 4))
    with pytest.raises(DatasetError, match='hold no rotations'):
        open_trajectory(tmp_path / 'poses.txt')


def test_times_that_are_none_are_refused(tmp_path):
    for text in ('2011-09-26 13:02:25.96\n', '0.0 1\n0.1\n', '0.0\nx\n', '0.0\n1e300\n'):
        (tmp_path / 'times.txt').write_text(text)
        with pytest.raises(DatasetError, match=r'times\.txt: (not a file of times|no row)'):
            read_times(tmp_path / 'times.txt')
