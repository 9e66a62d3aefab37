# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from support.bag_files import frames, stamp, truth, write, write_ros1
from support.rendered_scene import camera_path, view

from residual_features_ros.errors import CommandError
from residual_features_ros.tools.bags.rosbag import STORE, ImageBag, header
from residual_features_ros.tools.command_line import main
from residual_features_ros.tools.evaluate_bag.inputs import open_inputs
from residual_features_ros.tools.evaluate_bag.options import InputOptions
from residual_features_ros.tools.evaluate_bag.truth_topics import read_truth_topic

COUNT = 3
TYPES = STORE.types
POSED = [message.pose for _, _, _, message in truth(COUNT)]
POSE, COVARIANT, TRANSFORM, ODOMETRY = (
    'geometry_msgs/msg/PoseStamped', 'geometry_msgs/msg/PoseWithCovarianceStamped',
    'geometry_msgs/msg/TransformStamped', 'nav_msgs/msg/Odometry')


def covariant(pose):
    return TYPES['geometry_msgs/msg/PoseWithCovariance'](pose, np.zeros(36))


def message_of(kind, i, child, frame='world'):
    head, pose, (p, q) = header(stamp(i), frame), POSED[i], (POSED[i].position,
                                                             POSED[i].orientation)
    vector = TYPES['geometry_msgs/msg/Vector3']
    if kind == POSE:
        return TYPES[kind](head, pose)
    if kind == COVARIANT:
        return TYPES[kind](head, covariant(pose))
    if kind == TRANSFORM:
        return TYPES[kind](head, child, TYPES['geometry_msgs/msg/Transform'](
            vector(p.x, p.y, p.z), q))
    still = TYPES['geometry_msgs/msg/Twist'](vector(0., 0., 0.), vector(0., 0., 0.))
    return TYPES[kind](head, child, covariant(pose), TYPES[
        'geometry_msgs/msg/TwistWithCovariance'](still, np.zeros(36)))


def noted(path, kind, children, in_camera=False, frame='world', writer=write):
    """Return what is said of a bag with images of the frame `camera` and poses of children."""
    items = [('/truth', kind, stamp(i), message_of(kind, i, child, frame))
             for i, child in zip(range(COUNT), children, strict=True)]
    bag = ImageBag(writer(path, [*frames(COUNT), *items]), '')
    notes = []
    trajectory, left_out = read_truth_topic(bag, '/truth', in_camera, notes)
    assert len(trajectory) == COUNT and left_out == 0
    np.testing.assert_allclose(trajectory.poses, camera_path(COUNT, 3), atol=1e-9)
    return notes


@pytest.mark.parametrize('kind', [TRANSFORM, ODOMETRY])
@pytest.mark.parametrize('child', ['base_link', '/imu', ''])
def test_poses_of_a_body_are_told_where_the_camera_is_not(tmp_path, kind, child):
    note, = noted(tmp_path / 'bag', kind, [child] * COUNT)
    assert note.startswith(f'/truth gives poses of {child} (the images name camera)' if child else
                           '/truth gives poses in world and names no child_frame_id')
    assert 'without --camera-in-body' in note
    assert noted(tmp_path / 'again', kind, [child] * COUNT, in_camera=True) == []


@pytest.mark.parametrize('kind', [POSE, COVARIANT])
def test_a_type_that_does_not_say_whose_pose_it_is_names_its_frame(tmp_path, kind):
    note, = noted(tmp_path / 'bag', kind, [None] * COUNT, frame='vicon')
    assert 'gives poses in vicon and names no child_frame_id' in note
    assert 'without --camera-in-body' in note
    assert noted(tmp_path / 'again', kind, [None] * COUNT, in_camera=True) == []


@pytest.mark.parametrize('child', ['camera', '/camera'])
def test_poses_of_the_frame_of_the_images_are_those_of_the_camera(tmp_path, child):
    assert noted(tmp_path / 'bag', ODOMETRY, [child] * COUNT) == []
    note, = noted(tmp_path / 'again', ODOMETRY, [child] * COUNT, in_camera=True)
    assert 'the frame of the images: --camera-in-body moves them' in note


def test_poses_of_several_frames_are_told(tmp_path):
    several, body = noted(tmp_path / 'bag', TRANSFORM, ['camera', 'lamp', 'camera'])
    assert 'more than one child_frame_id (camera, lamp)' in several
    assert 'gives poses of camera, lamp (the images name camera)' in body


def test_a_bag_of_ros_1(tmp_path):
    note, = noted(tmp_path / 'a.bag', POSE, [None] * COUNT, writer=write_ros1)
    assert 'gives poses in world' in note


def test_the_topic_that_make_bag_wrote_is_that_of_the_camera(tmp_path):
    home = tmp_path / 'in'
    (home / 'image_0').mkdir(parents=True)
    for i, pose in enumerate(camera_path(COUNT, 3)):
        cv2.imwrite(str(home / 'image_0' / f'{i}.png'), view(pose))
    np.savetxt(home / 'poses.txt', camera_path(COUNT, 3)[:, :3].reshape(COUNT, 12))
    assert main(['make-bag', 'kitti', str(home), '--out', str(tmp_path / 'bag')]) == 0
    notes = []
    read_truth_topic(ImageBag(tmp_path / 'bag', ''), '/groundtruth', False, notes)
    assert notes == []


def test_the_report_says_it(tmp_path):
    items = [('/odom', ODOMETRY, stamp(i), message_of(ODOMETRY, i, 'base_link'))
             for i in range(COUNT)]
    bag = write(tmp_path / 'bag', [*frames(COUNT), *items])
    found = open_inputs(InputOptions(bag, groundtruth='/odom'))
    assert any('/odom gives poses of base_link' in note for note in found.notes)
    found = open_inputs(InputOptions(bag, groundtruth='/odom',
                                     camera_in_body=(0, 0, 0, 0, 0, 0, 1)))
    assert not any('base_link' in note for note in found.notes)


def test_a_topic_of_another_type_is_refused_by_its_name(tmp_path):
    with pytest.raises(CommandError, match=r'/tf: .* \(it is of tf2_msgs/msg/TFMessage\)'):
        read_truth_topic(ImageBag(write(tmp_path / 'bag', [
            *frames(1), ('/tf', 'tf2_msgs/msg/TFMessage', stamp(0), TYPES[
                'tf2_msgs/msg/TFMessage']([message_of(TRANSFORM, 0, 'a')]))]), ''),
            '/tf', False, [])
