# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.tools.doctor.benchmark import Speed
from residual_features_ros.tools.doctor.topics import Heard
from residual_features_ros.tools.doctor.verdict import describe, verdict

VGA = Speed((640, 480), 900, 25.0, 31.0, made=False)


def camera(rate_hz, size=(640, 480), images=50):
    return Heard('/cam', (), 'reliable', images, 0, rate_hz, 1, 'bgr8', size)


def test_what_was_timed_is_described():
    assert describe(VGA).startswith('640x480: 25.0 ms an image, 95 % within 31.0 ms (900 images, '
                                    'a view over photographs;')


def test_the_first_line_is_that_of_the_machine():
    assert verdict([VGA], []) == ['this machine answers 40 VGA images a second with the default, '
                                  'residual_hessian_small']
    assert 'nothing was timed' in verdict([], [camera(30.0)])[0]


@pytest.mark.parametrize(('sent', 'words'), [
    (camera(30.2), '/cam sends 30 of 640x480: it keeps up'),
    (camera(60.0), '/cam sends 60 of 640x480 and 40 are answered: the others are dropped'),
    (camera(30.0, (1280, 720)), 'sends 30 of 1280x720 and 20 are answered: the'),
    (camera(9.96, (0, 0)), '/cam sends 10.0: it keeps up, judged by 640x480')])
def test_a_camera_is_judged_by_the_time_of_its_size(sent, words):
    large = Speed((1280, 720), 100, 50.0, 60.0, made=True)
    assert words in verdict([VGA, large], [sent])[1]


def test_a_camera_that_sends_nothing_is_not_judged():
    assert len(verdict([VGA], [camera(0.0, images=0)])) == 1
