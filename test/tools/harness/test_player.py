# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The player as a process of its own, a node that answers in this one, over real DDS."""
import subprocess

import cv2
import numpy as np
import pytest
from support.ros_nodes import PROFILE, needs_ros

pytestmark = [needs_ros, pytest.mark.usefixtures('probe')]  # has called rclpy.init
COUNT = 6


def played(tmp_path, images, kind, rate=1.0, **options):
    """Return the node that answered and the frames and drops that the player recorded."""
    from sensor_msgs.msg import CompressedImage, Image
    from support.answering_node import AnsweringNode

    from residual_features_ros.tools.bags.rosbag import COMPRESSED, write_images
    from residual_features_ros.tools.harness import processes
    from residual_features_ros.tools.harness.client import receiving
    from residual_features_ros.tools.harness.recording import node_drops, read_recording
    write_images(tmp_path / 'bag', '/cam', kind, images)
    node = AnsweringNode('/played', CompressedImage if kind == COMPRESSED else Image, **options)
    with receiving(node), processes.running(
            'residual_features_ros.tools.harness.player',
            [str(tmp_path / 'bag'), str(tmp_path / 'recording'), '--namespace', '/played',
             '--rate', str(rate)], processes.environment(PROFILE, tmp_path),
            subprocess.DEVNULL) as player:
        assert player.wait(60) == 0
    return (node, read_recording(tmp_path / 'recording'), node_drops(tmp_path / 'recording'))


def shown(node, stamp_ns):
    """Return how often an image came to the node."""
    return sum(image.header.stamp.sec * 10**9 + image.header.stamp.nanosec == stamp_ns
               for image in node.images)


def test_every_image_is_sent_once_and_its_answers_are_recorded(tmp_path, image):
    from residual_features_ros.tools.bags.rosbag import IMAGE, timed_messages
    node, frames, drops = played(tmp_path, timed_messages([image] * COUNT, 20), IMAGE, rate=0.5)
    assert [frame.stamp for frame in frames] == [10**9 + 50_000_000 * i for i in range(COUNT)]
    assert all(frame.answered and frame.latency_ms > 0 for frame in frames)
    assert {len(frame.features) for frame in frames} == {node.FEATURES}
    assert {len(frame.matches) for frame in frames} == {node.MATCHES}
    assert [shown(node, frame.stamp) for frame in frames] == [1] * COUNT
    assert drops == {'asked for': 0}
    steps_ms = np.diff([frame.sent for frame in frames]) / 1e6
    # Half the bag's speed; at its own it is 250. A busy machine sends single images late.
    assert steps_ms.sum() == pytest.approx(100 * (COUNT - 1), abs=200)
    sent = node.images[-1]
    assert (sent.encoding, sent.width, bytes(sent.data)) == \
        ('bgr8', image.shape[1], image.tobytes())


def test_an_image_that_the_node_drops_has_no_answer(tmp_path, image):
    from residual_features_ros.tools.bags.rosbag import IMAGE, timed_messages
    second_ns = 50_000_000
    _, frames, drops = played(
        tmp_path, timed_messages([image] * COUNT, 20), IMAGE,
        ignores=lambda image: image.header.stamp.nanosec == second_ns)
    assert [frame.answered for frame in frames] == [True, False] + [True] * (COUNT - 2)
    assert drops == {'asked for': 1}


def test_drops_of_probes_are_not_those_of_the_bag(tmp_path, image):
    from residual_features_ros.tools.bags.rosbag import IMAGE, timed_messages
    node, frames, drops = played(
        tmp_path, timed_messages([image] * 2, 20), IMAGE,
        ignores=lambda image: image.header.stamp.sec == 0 and image.header.stamp.nanosec == 1)
    assert node.dropped == 1 and drops == {'asked for': 0}
    assert all(frame.answered for frame in frames)


def test_a_simulation_that_begins_at_0_is_played_too(tmp_path, image):
    from residual_features_ros.tools.bags.rosbag import IMAGE, image_message
    stamps = [20_000_000 * i for i in range(3)]
    _, frames, _ = played(tmp_path, ((s, image_message(image, s)) for s in stamps), IMAGE)
    assert [frame.stamp for frame in frames] == stamps
    assert all(frame.answered for frame in frames)


def test_compressed_images_stay_compressed(tmp_path, image):
    from residual_features_ros.tools.bags.rosbag import COMPRESSED, STORE, header
    png = cv2.imencode('.png', image)[1].reshape(-1)
    message = STORE.types[COMPRESSED](header=header(10**9), format='png', data=png)
    node, (frame,), _ = played(tmp_path, [(10**9, message)], COMPRESSED)
    assert frame.answered and bytes(node.images[-1].data) == png.tobytes()
