# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A bag through the real node, over real DDS."""
import numpy as np
import pytest
from support.ros_nodes import PROFILE, needs_ros

from residual_features_ros.errors import CommandError
from residual_features_ros.tools.harness.playback import NAMESPACE, node_arguments, play
from residual_features_ros.tools.harness.processes import ros_arguments
from residual_features_ros.tools.method_options import MethodOptions

pytestmark = needs_ros


@pytest.fixture
def bag(tmp_path, image):
    from residual_features_ros.tools.bags.rosbag import IMAGE, timed_messages, write_images
    write_images(tmp_path / 'bag', '/cam', IMAGE, timed_messages([image] * 4, 5))
    return tmp_path / 'bag'


def test_the_node_answers_what_is_played(tmp_path, bag):
    from residual_features_ros.tools.harness.recording import lost, read_recording
    recording = play(bag, tmp_path / 'out', ros_arguments(NAMESPACE, {'method': 'orb'}), PROFILE,
                     0.2)
    frames = read_recording(recording)
    assert len(frames) == 4 and lost(frames) == 0
    assert all(len(frame.features) > 50 for frame in frames)
    assert recording.parent == tmp_path / 'out' and (tmp_path / 'out' / 'node.log').is_file()


def test_each_image_has_the_mask_that_is_played_with_it(tmp_path, bag, image):
    from residual_features_ros.tools.bags.rosbag import IMAGE, timed_messages, write_images
    from residual_features_ros.tools.harness.recording import lost, read_recording
    blind, seeing = (np.full(image.shape[:2], value, np.uint8) for value in (0, 255))
    write_images(tmp_path / 'masks', '/mask', IMAGE,
                 timed_messages([blind, seeing, blind, seeing], 5))
    arguments = node_arguments('orb', MethodOptions(), IMAGE, masks=True)
    recording = play(bag, tmp_path / 'out', arguments, PROFILE, 1.0, tmp_path / 'masks')
    frames = read_recording(recording)
    assert lost(frames) == 0
    assert [len(frame.features) > 50 for frame in frames] == [False, True, False, True]
    assert [len(frame.features) for frame in frames[::2]] == [0, 0]


def test_a_node_that_does_not_start_speaks(tmp_path, bag):
    with pytest.raises(CommandError, match=r'(?s)the node ended with exit code 1.*rotsift'):
        play(bag, tmp_path / 'out', ros_arguments(NAMESPACE, {'method': 'rotsift'}), PROFILE, 1.0)


def test_a_player_that_fails_is_named(tmp_path):
    with pytest.raises(CommandError, match='the player ended with exit code'):
        play(tmp_path / 'none', tmp_path / 'out', ros_arguments(NAMESPACE, {'method': 'orb'}),
             PROFILE, 1.0)
