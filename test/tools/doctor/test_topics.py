# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import pytest

from residual_features_ros.errors import CommandError
from residual_features_ros.tools.doctor import topics
from residual_features_ros.tools.doctor.topics import Heard, describe, heard_from, report

CAMERA = Heard('/cam/image', ('/driver (sensor_msgs/msg/Image, reliable)',), 'reliable', 60, 0,
               29.94, 921600, 'bgr8', (640, 480))


def test_a_camera_is_a_line_and_its_publishers():
    assert describe(CAMERA) == ['/cam/image: 29.9 Hz, 640x480 bgr8, 0.92 MB',
                                '  by /driver (sensor_msgs/msg/Image, reliable)']


def test_fields_come_back_from_json():
    fields = {**dataclasses.asdict(CAMERA), 'publishers': list(CAMERA.publishers),
              'size': [640, 480]}
    assert heard_from(fields) == CAMERA


@pytest.mark.parametrize(('changes', 'words'), [
    ({'images': 0}, 'sends nothing that arrives'),
    ({'lost': 7, 'qos': 'best effort'}, '7 images were lost on the way: give its node'),
    ({'qos': 'best effort'}, 'best effort and large'),
    ({'publishers': ('/a', '/b')}, '2 publishers: images of two cameras')])
def test_what_costs_images_is_told(changes, words):
    assert words in '\n'.join(describe(dataclasses.replace(CAMERA, **changes)))


def test_a_small_best_effort_camera_is_left_alone():
    assert len(describe(dataclasses.replace(CAMERA, qos='best effort', bytes=90000))) == 2


def test_no_camera_and_several_have_their_remedies():
    assert 'camera:=v4l2' in report([])[0]
    assert 'choose with image_topic:=' in report([CAMERA, CAMERA])[-1]
    assert report([CAMERA]) == describe(CAMERA)


def test_a_ros_that_does_not_run_is_an_error(monkeypatch):
    monkeypatch.setattr(topics, 'LOOK', 'residual_features_ros.no_such_module')
    with pytest.raises(CommandError, match=r'a node does not run: .*No module named'):
        topics.listen(0.1)
