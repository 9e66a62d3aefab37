# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.datasets.pose_columns import columns_by_name, find_columns, time_unit
from residual_features_ros.datasets.text_files import NumberTable
from residual_features_ros.errors import DatasetError

TUM, EUROC = (0, (1, 2, 3), (4, 5, 6, 7)), (0, (1, 2, 3), (5, 6, 7, 4))


def table(count, first='1400000000.5', header=(), csv=False):
    rows = [[first, *['0'] * (count - 1)]]
    return NumberTable(rows, [0], 1, list(header), csv)


@pytest.mark.parametrize(('line', 'count', 'found'), [
    ('# timestamp tx ty tz qx qy qz qw', 8, TUM), ('timestamp,x,y,z,qx,qy,qz,qw', 8, TUM),
    ('% time stamp tx ty tz qx qy qz qw', 8, TUM), ('# timestamp x y z qw qx qy qz', 8, EUROC),
    ('#timestamp [ns], p_RS_R_x [m], p_RS_R_y [m], p_RS_R_z [m], q_RS_w [], q_RS_x [], q_RS_y [], '
     'q_RS_z [], v_RS_R_x [m s^-1], v_RS_R_y [m s^-1], v_RS_R_z [m s^-1]', 11, EUROC),
    ('#timestamp [ns], p_x [m], p_y [m], p_z [m], q_w [], q_x [], q_y [], q_z []', 17, EUROC),
    ('time;qx;qy;qz;qw;px;py;pz', 8, (0, (5, 6, 7), (1, 2, 3, 4))),
    ('%time,field.header.seq,field.pose.position.x,field.pose.position.y,field.pose.position.z,'
     'field.pose.orientation.x,field.pose.orientation.y,field.pose.orientation.z,'
     'field.pose.orientation.w', 9, (0, (2, 3, 4), (5, 6, 7, 8))),
    ('frame,timestamp_ns,tx,ty,tz,qx,qy,qz,qw', 9, (1, (2, 3, 4), (5, 6, 7, 8))),
    ('x y z qx qy qz qw time', 8, (7, (0, 1, 2), (3, 4, 5, 6))),
    ('# ground truth of room 1', 8, None), ('#timestamp, p_RS_R_x [m], ...', 10, None)])
def test_the_columns_that_a_header_names(line, count, found):
    assert columns_by_name(['# made by hand', line, '# in metres'], count) == found


@pytest.mark.parametrize(('made', 'kind', 'turn', 'unit'), [
    (table(8), 'TUM', (4, 5, 6, 7), 'seconds'),
    (table(8, csv=True), 'TUM', (4, 5, 6, 7), 'seconds'),
    (table(8, '1400000000500000000'), 'TUM', (4, 5, 6, 7), 'seconds'),
    (table(17, '1400000000500000000', csv=True), 'EuRoC', (5, 6, 7, 4), 'nanoseconds'),
    (table(17), 'EuRoC', (5, 6, 7, 4), 'nanoseconds'), (table(12), 'KITTI', (), 'seconds'),
    (table(12, csv=True), 'KITTI', (), 'seconds'), (table(16), 'KITTI', (), 'seconds'),
    (table(8, header=['# time_ns']), 'TUM', (4, 5, 6, 7), 'nanoseconds')])
def test_the_format_that_the_number_of_columns_tells(made, kind, turn, unit):
    found = find_columns(made)
    assert (found.kind, found.turn, found.unit, found.note) == (kind, turn, unit, '')


@pytest.mark.parametrize('count', [1, 2, 7, 9, 16])
def test_a_header_of_other_columns_is_refused(count):
    with pytest.raises(DatasetError, match=f'{count} columns, and a header that names 8'):
        find_columns(table(count, header=['# timestamp tx ty tz qx qy qz qw']))


def test_times_in_two_columns_are_refused():
    for names in ('sec nsec', 'header.stamp.sec header.stamp.nanosec', 'secs nsecs'):
        with pytest.raises(DatasetError, match='times are in two columns'):
            find_columns(table(9, header=[f'{names} x y z qx qy qz qw']))


def test_a_guess_is_said_and_other_columns_are_refused():
    found = find_columns(table(8, '1400000000500000000', csv=True))
    assert found.kind == 'EuRoC' and 'qw before qx' in found.note
    for count in (1, 4, 7, 9, 13):
        with pytest.raises(DatasetError, match=f'{count} columns; a TUM file has 8'):
            find_columns(table(count))


@pytest.mark.parametrize(('line', 'unit'), [
    ('#timestamp [ns], p', 'nanoseconds'), ('time_s x', 'seconds'), ('t(ms),x', 'milliseconds'),
    ('# timestamp[us]', 'microseconds'), ('stamp [nanoseconds]', 'nanoseconds'),
    ('time [microseconds]', 'microseconds'), ('timestamp_nsec', 'nanoseconds'),
    ('# timestamp tx ty', ''), ('# time stamp', ''), ('# times (see below)', ''), ('t_x t_y', '')])
def test_the_unit_that_a_header_names(line, unit):
    assert time_unit(['# a', line, '# b']) == unit
