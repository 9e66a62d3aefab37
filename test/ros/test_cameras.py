# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.ros import cameras
from residual_features_ros.ros.cameras import Choice, find_cameras, none, several
from residual_features_ros.ros.silence import COMPRESSED, RAW, Offer

DRIVER = '/driver'


def published(*topics, kind=RAW, node=DRIVER):
    return {topic: [Offer(node, kind, 'reliable')] for topic in topics}


def found(offers, transport='raw', ours=()):
    return [(camera.topic, camera.transport)
            for camera in find_cameras(offers, transport, ours)]


def test_a_topic_and_its_compressed_neighbour_are_one_camera():
    both = {**published('/b/image', '/a/image'), **published('/a/image/compressed',
                                                             kind=COMPRESSED)}
    assert found(both) == [('/a/image', 'raw'), ('/b/image', 'raw')]
    assert found(both, 'compressed') == [('/a/image', 'compressed')]


def test_compressed_images_are_a_camera_where_there_are_no_raw_ones():
    assert found(published('/a/image/compressed', kind=COMPRESSED)) == [('/a/image', 'compressed')]
    assert found(published('/a/jpeg', kind=COMPRESSED)) == []  # no name that a node subscribes to
    assert found(published('/a/image'), 'compressed') == []


@pytest.mark.parametrize('topic, node, kind', [
    ('/extractor/debug_image', '/extractor', RAW),
    ('/robot/eye/debug_image', '/robot/eye', RAW),
    ('/extractor/debug_image/compressed', '/extractor', COMPRESSED),
    ('/extractor/debug_image', '/_NODE_NAME_UNKNOWN_', RAW)])
def test_what_a_node_draws_is_no_camera(topic, node, kind):
    assert found(published(topic, kind=kind, node=node)) == []
    assert 'nobody publishes images' in none(published(topic, kind=kind, node=node), 'raw')


def test_a_camera_of_that_name_is_one():
    assert found(published('/camera/debug_image')) == [('/camera/debug_image', 'raw')]


def test_masks_are_no_camera():
    assert found(published('/mask', '/a'), ours=['/mask']) == [('/a', 'raw')]


def test_the_only_camera_is_taken_once_it_has_been_alone_for_a_while():
    one, two = (find_cameras(published(*topics), 'raw') for topics in (['/a'], ['/a', '/b']))
    choice, late = Choice(), cameras.SETTLED_S
    assert choice.look([], 0) is None
    assert choice.look(one, 1) is None
    assert choice.look(one, 0.9 + late) is None
    assert choice.look(two, 1 + late) is None  # DDS found the other later
    assert choice.look(two, 9 + late) is None
    assert choice.look(one, 10 + late) is None
    assert choice.look(one, 10 + 2 * late).topic == '/a'


def test_several_are_listed_with_how_to_choose():
    words = several(find_cameras({**published('/a'), **published(
        '/b/compressed', kind=COMPRESSED, node='/other')}, 'raw'))
    assert 'image_topic:=/a    (/driver (sensor_msgs/msg/Image, reliable))' in words
    assert 'image_topic:=/b image_transport:=compressed    (/other (sensor_msgs/msg/Comp' in words


@pytest.mark.parametrize(('offers', 'transport', 'words'), [
    ({}, 'raw', 'ROS_DOMAIN_ID 7: start the driver of the camera, or launch with camera:=v4l2'),
    (published('/a'), 'compressed', '/a has raw images alone'),
    (published('/a/jpeg', kind=COMPRESSED), 'raw', 'does not end with /compressed')])
def test_where_there_is_none_the_remedy_is_named(monkeypatch, offers, transport, words):
    monkeypatch.setenv('ROS_DOMAIN_ID', '7')
    assert words in none(offers, transport)
