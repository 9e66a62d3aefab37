# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The driver and a node that answers, both in this process, over real DDS."""
import json
import os
import time

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed')

from support.answering_node import AnsweringNode

from residual_features_ros.tools.bench.node.driver import Driver
from residual_features_ros.tools.bench.node.frames import MEASURE
from residual_features_ros.tools.bench.node.plan import Plan
from residual_features_ros.tools.harness.client import receiving

pytestmark = pytest.mark.usefixtures('probe')  # has called rclpy.init
FRAMES = 12


def drive(folder, image, namespace, ignores=lambda image: False, **changes):
    """Return the record of a plan and the images as the node had them."""
    np.save(folder / 'images.npy', np.stack([image, image[::-1]]))
    plan = Plan(**{'images': str(folder / 'images.npy'), 'namespace': namespace,
                   'frames': FRAMES, 'rate': 50.0, 'saturate': 30, 'share': 0.5, 'warm_up': 3,
                   'memory_every': 5, 'pid': os.getpid(), 'started_ns': time.monotonic_ns(),
                   **changes})
    node, driver = AnsweringNode(namespace, ignores=ignores), Driver(plan)
    with receiving(node), receiving(driver.client):
        record = driver.drive()
    return json.loads(json.dumps(record)), node.images


def test_frames_are_sent_at_the_rate_and_every_answer_is_noted(tmp_path, image):
    record, images = drive(tmp_path, image, '/driven')
    assert len(record['sent_ns']) == FRAMES
    assert np.diff(record['sent_ns']).mean() == pytest.approx(2e7, rel=0.2)
    for topic, width in (('features', AnsweringNode.FEATURES), ('matches', AnsweringNode.MATCHES)):
        answers = sorted(record[topic])
        assert [number for number, *_ in answers] == list(range(FRAMES))
        assert {points for *_, points in answers} == {width}
        assert all(received > record['sent_ns'][number] for number, received, _ in answers)
    assert [times['stamp'] for times in record['frame_times']] == \
        [[MEASURE, i] for i in range(FRAMES)]
    assert record['drops'] == {'drops: asked for': 0}
    assert [look[0] for look in record['memory']] == [0, 5, 10, FRAMES]
    assert record['start_s'] > 0 and record['rate'] == 50 and 'highest_fps' not in record
    measured = [m for m in images if m.header.stamp.sec == MEASURE]
    assert bytes(measured[0].data) == image.tobytes() != bytes(measured[1].data)
    assert measured[0].encoding == 'bgr8' and measured[0].header.frame_id == 'camera'


def test_without_a_rate_the_highest_is_found_first(tmp_path, image):
    record, _ = drive(tmp_path, image[..., 0], '/saturated', rate=0.0)
    assert record['rate'] == pytest.approx(0.5 * record['highest_fps']) and record['rate'] > 0
    assert len(record['features']) == FRAMES


@pytest.mark.parametrize('told, most', [([], 2), ([('workers', '1')], 2), ([('workers', '3')], 4)])
def test_as_many_frames_are_under_way_as_the_node_works_on_and_one(tmp_path, image, told, most):
    name = f'/under_way_{len(told)}_{most}'
    np.save(tmp_path / 'images.npy', image[None])
    plan = Plan(images=str(tmp_path / 'images.npy'), namespace=name, frames=1, rate=1.0,
                saturate=1, share=0.5, warm_up=1, memory_every=1)
    node, driver = AnsweringNode(name, told=told), Driver(plan)
    with receiving(node), receiving(driver.client):
        driver.client.meet(driver.images[0])
        driver.client.await_report()
        assert driver.in_flight() == most


def test_drops_while_it_is_measured_are_counted(tmp_path, image):
    record, _ = drive(tmp_path, image, '/dropping', ignores=lambda image: (
        image.header.stamp.sec == MEASURE and image.header.stamp.nanosec < 2))
    assert record['drops'] == {'drops: asked for': 2}
    assert len(record['matches']) == FRAMES - 2


def test_no_frames_is_a_start_only(tmp_path, image):
    record, images = drive(tmp_path, image, '/started', frames=0)
    assert list(record) == ['start_s'] and all(m.header.stamp.sec == 0 for m in images)


def test_a_node_that_falls_silent_is_said(tmp_path, image):
    with pytest.raises(TimeoutError, match='answers no frame any more'):
        drive(tmp_path, image, '/silent', rate=0.0, saturate=2, warm_up=1,
              ignores=lambda image: image.header.stamp.sec > 0)
