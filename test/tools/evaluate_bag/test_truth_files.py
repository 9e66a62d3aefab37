# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.rendered_scene import camera_path, view

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from residual_features_ros.datasets.trajectory_files import TrajectoryFile, write_tum
from residual_features_ros.geometry.trajectory import Trajectory
from residual_features_ros.tools.bags.rosbag import STORE, ImageBag, stamp_ns, writing
from residual_features_ros.tools.bags.topics import read_poses
from residual_features_ros.tools.command_line import main
from residual_features_ros.tools.evaluate_bag.truth_files import in_time_of, read_truth

COUNT = 5
POSES = camera_path(COUNT, 3)
SECOND = 10**9


@pytest.fixture(params=['0.0 0.1 0.2 0.3 0.4', '0.0 0.1036 0.2073 0.3111 0.4',
                        '3.1 3.2 3.3 3.4 3.5'],
                ids=['even times', 'uneven times', 'times of a part'])
def kitti_bag(request, tmp_path):
    """Return a KITTI folder and the bag that make-bag makes of it."""
    home = tmp_path / '00'
    (home / 'image_0').mkdir(parents=True)
    for i, pose in enumerate(POSES):
        cv2.imwrite(str(home / 'image_0' / f'{i:06}.png'), view(pose))
    (home / 'times.txt').write_text(request.param.replace(' ', '\n'))
    np.savetxt(home / 'poses.txt', POSES[:, :3].reshape(COUNT, 12))
    assert main(['make-bag', 'kitti', str(home), '--out', str(tmp_path / 'bag')]) == 0
    return home, ImageBag(tmp_path / 'bag', '')


def test_the_file_of_kitti_says_what_the_topic_of_its_bag_says(kitti_bag):
    home, bag = kitti_bag
    notes = []
    found, left_out = read_truth(home / 'poses.txt', None, bag, False, notes)
    topic, _ = read_poses(bag, '/groundtruth', [])
    assert found.stamps_ns.tolist() == topic.stamps_ns.tolist() and left_out == 0
    np.testing.assert_allclose(found.poses, topic.poses, atol=1e-9)
    assert len(notes) == 1 and 'a second is added to its times, as the bag says' in notes[0]


def test_a_bag_that_does_not_say_who_made_it_is_guessed_at(kitti_bag, tmp_path):
    home, bag = kitti_bag
    with writing(tmp_path / 'images') as writer:
        connection = writer.add_connection('/cam', bag.kind, typestore=STORE)
        for time_ns, message in bag.messages(COUNT):
            writer.write(connection, time_ns, STORE.serialize_cdr(message, bag.kind))
    notes = []
    found, _ = read_truth(home / 'poses.txt', None, ImageBag(tmp_path / 'images', ''), False,
                          notes)
    assert found.stamps_ns[0] == stamp_ns(next(bag.messages(1))[1])
    assert 'a second is added' in notes[0] and 'a guess by the times alone' in notes[0]


def test_a_file_that_was_made_of_the_bag_keeps_its_times(kitti_bag, tmp_path):
    _, bag = kitti_bag
    topic, _ = read_poses(bag, '/groundtruth', [])
    write_tum(tmp_path / 'tum.txt', topic)
    notes = []
    found, _ = read_truth(tmp_path / 'tum.txt', None, bag, False, notes)
    assert found.stamps_ns.tolist() == topic.stamps_ns.tolist()
    assert len(notes) == 1 and 'taken as those of the bag' in notes[0]


def test_times_of_a_data_set_that_has_its_own_are_left_alone(tmp_path):
    home = tmp_path / 'freiburg2_xyz'
    (home / 'rgb').mkdir(parents=True)
    for i in range(COUNT):
        cv2.imwrite(str(home / 'rgb' / f'{i}.png'), view(POSES[i]))
    (home / 'rgb.txt').write_text(''.join(f'{1 + i / 10} rgb/{i}.png\n' for i in range(COUNT)))
    # A trajectory of another clock, whose second step is the first image's time.
    write_tum(tmp_path / 'other.txt', Trajectory(
        np.array([i * SECOND // 10 for i in range(COUNT)]), POSES))
    assert main(['make-bag', 'tum', str(home), '--out', str(tmp_path / 'bag')]) == 0
    notes = []
    found, _ = read_truth(tmp_path / 'other.txt', None, ImageBag(tmp_path / 'bag', ''), False,
                          notes)
    assert found.stamps_ns[0] == 0 and not any('added' in note for note in notes)


def made(times_s, kind='KITTI'):
    stamps = np.array([round(time * SECOND) for time in times_s])
    return TrajectoryFile(Trajectory(stamps, np.tile(np.eye(4), (len(stamps), 1, 1))), kind, 0,
                          int(stamps[0]))


EVEN, UNEVEN = [i / 10 for i in range(40)], [i / 10 + .001 * i * i for i in range(40)]


@pytest.mark.parametrize(('kind', 'times', 'first_image', 'offset_s', 'said'), [
    ('KITTI', EVEN, 0, 1, 'a second is added'), ('KITTI', UNEVEN, 3, 1, 'a second is added'),
    ('TUM', UNEVEN, 0, 1, 'a second is added'), ('EuRoC', UNEVEN, 2, 1, 'a second is added'),
    ('TUM', EVEN, 0, 1, 'may be a second behind'), ('TUM', UNEVEN, 5, 0, None),
    ('KITTI', EVEN, 0, 0, None), ('KITTI', EVEN, 0, 1.4e9, 'and the bag begins at 1.4e+09 s'),
    ('KITTI', EVEN, 7, 0, 'count from its first image'),
    ('TUM', EVEN, 0, 1.4e9, 'and the images begin at 1400000000.0')])
def test_a_second_is_added_where_the_images_have_it_and_else_it_is_said(kind, times, first_image,
                                                                       offset_s, said):
    stamps = [round((time + offset_s) * SECOND) for time in times[first_image:first_image + 10]]
    notes = []
    found = in_time_of(stamps, made(times, kind), Path('poses.txt'), None, notes)
    added = said == 'a second is added'
    assert found.stamps_ns[0] == added * SECOND
    assert (said in notes[0]) if said else not notes


@pytest.mark.parametrize(('kind', 'times', 'file_begins_s', 'added_s', 'later_s', 'said'), [
    ('KITTI', EVEN, 0, 1, 1, 'a second is added'), ('TUM', EVEN, 0, 1, 1, 'a second is added'),
    ('TUM', UNEVEN, 0.03, 1, 1, 'a second is added'),  # no image has a pose of its very time
    ('TUM', EVEN, 1, 1, 0, 'taken as those of the bag'),
    ('KITTI', UNEVEN, 1, 1, 0, 'taken as those of the bag'),
    ('TUM', EVEN, 1.5, 1, 0, 'taken as those of the bag'),
    ('TUM', EVEN, 0, 0, 0, None), ('EuRoC', UNEVEN, 1, 0, 0, None),
    ('KITTI', EVEN, 0.05, 1, 1, 'count from its first image')])
def test_what_the_bag_says_of_itself_counts(kind, times, file_begins_s, added_s, later_s, said):
    """Images from 1 s on."""
    stamps = [round((1 + time) * SECOND) for time in times[:10]]
    file = made([file_begins_s + time for time in times], kind)
    notes = []
    found = in_time_of(stamps, file, Path('poses.txt'), added_s * SECOND, notes)
    assert found.stamps_ns[0] == file.first_ns + later_s * SECOND
    assert not any('guess' in note for note in notes)
    assert any(said in note for note in notes) if said else not notes


def test_poses_of_a_body_are_told_where_the_camera_is_not(kitti_bag, tmp_path):
    _, bag = kitti_bag
    path = tmp_path / 'data.csv'
    path.write_text('#timestamp [ns], px, py, pz, qw, qx, qy, qz\n' + ''.join(
        f'{SECOND + i * SECOND // 10},0,{i},0,1,0,0,0\n' for i in range(50)))
    notes = []
    read_truth(path, None, bag, False, notes)
    assert sum('without --camera-in-body' in note for note in notes) == 1
    notes = []
    read_truth(path, None, bag, True, notes)
    assert not any('--camera-in-body' in note for note in notes)
