# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Masks of files and topics keep keypoints off in nodes that run as processes of their own."""
import json
import time
from contextlib import ExitStack

import cv2
import numpy as np
import pytest
from support.image_messages import ros_image
from support.pictures import textured
from support.ros_nodes import finish

pytest.importorskip('rclpy', reason='rclpy is not installed')

from sensor_msgs.msg import Image, PointCloud2
from std_msgs.msg import String
from support.node_answers import LATCHED

from residual_features_ros.ros.conversions import message_to_rows

RESEND_S = 2.0
IMAGE = textured()


def mask_of(first_row):
    """Return a mask that keeps off what lies from a row on."""
    mask = np.full(IMAGE.shape, 255, np.uint8)
    mask[first_row:] = 0
    return mask


def rows_after(probe, heard, publish, stamps):
    """Publish with new stamps until there is an answer; return the keypoints' rows in pixels."""
    next_time, sent = [0.0], []

    def answered():
        if time.monotonic() > next_time[0]:
            next_time[0] = time.monotonic() + RESEND_S
            sent.append(next(stamps))
            publish(sent[-1])
        return next((m for m in heard if m.header.stamp.sec in sent), None)

    return message_to_rows(probe.wait_for(answered, 'features'))['y']


@pytest.fixture
def mask_file(tmp_path):
    cv2.imwrite(str(tmp_path / 'body.png'), mask_of(160))
    return tmp_path / 'body.png'


def test_files_and_the_newest_mask_count_together(probe, start_node, stop_node, mask_file):
    process = start_node('extractor_node', '/masked', method='rootsift', image_qos='default',
                         mask=mask_file, max_keypoints=90)
    stamps = iter(range(1, 1000))
    with probe.listen(PointCloud2, '/masked/features') as heard, \
            probe.publisher(Image, '/masked/image_raw') as camera, \
            probe.listen(String, '/masked/features_info', LATCHED) as infos, \
            probe.publisher(Image, '/masked/mask') as masks:
        probe.wait_for(lambda: infos, 'features_info')
        assert json.loads(infos[-1].data)['mask'] == 'file'
        rows = rows_after(probe, heard, lambda stamp: camera.publish(
            ros_image(IMAGE, stamp=(stamp, 0))), stamps)
        assert len(rows) == 90 and 80 < rows.max() <= 159

        def publish(stamp):
            masks.publish(ros_image(mask_of(80), 'mono8', stamp=(stamp - 1, 0)))  # an older one
            time.sleep(0.3)
            camera.publish(ros_image(IMAGE, stamp=(stamp, 0)))

        rows = rows_after(probe, heard, publish, stamps)
        assert len(rows) == 90 and rows.max() <= 79
        probe.wait_for(lambda: json.loads(infos[-1].data)['mask'] == 'file and topic', 'a word')
    code, log = stop_node(process)
    assert code == 0 and 'Traceback' not in log


def test_a_mask_of_another_size_is_told_and_counted(probe, start_node, stop_node, tmp_path):
    cv2.imwrite(str(tmp_path / 'small.png'), np.eye(64, dtype=np.uint8))
    process = start_node('extractor_node', '/small', method='orb', image_qos='default',
                         mask=tmp_path / 'small.png', lazy=False)
    with probe.publisher(Image, '/small/image_raw') as camera:
        for stamp in range(20):
            camera.publish(ros_image(IMAGE, stamp=(stamp, 0)))
            time.sleep(0.1)
    code, log = stop_node(process)
    assert code == 0 and 'Traceback' not in log
    assert f'image skipped: mask {tmp_path / "small.png"} is 64x64, the image 320x240' in log


def test_a_mask_that_cannot_be_read_ends_the_node_with_a_sentence(start_node, tmp_path):
    process = start_node('extractor_node', '/none', method='orb', mask=tmp_path / 'none.png')
    code, log = finish(process)
    assert code == 1 and 'Traceback' not in log
    assert f'mask {tmp_path / "none.png"}: No such file or directory' in log


def test_a_stereo_pair_waits_for_masks_of_its_stamps(probe, start_node, stop_node, mask_file):
    process = start_node('stereo_node', '/both', method='rootsift', image_qos='default',
                         mask=mask_file, mask_topic='stamp', max_keypoints=90)
    stamps = iter(range(1, 1000))
    topics = ('left/image_raw', 'right/image_raw', 'left/mask', 'right/mask')
    with ExitStack() as stack:
        left, right = (stack.enter_context(probe.listen(PointCloud2, f'/both/{side}/features'))
                       for side in ('left', 'right'))
        cameras = [stack.enter_context(probe.publisher(Image, f'/both/{topic}'))
                   for topic in topics]

        def publish(stamp):
            pictures = (IMAGE, IMAGE, mask_of(120), mask_of(200))
            for camera, picture in zip(cameras, pictures, strict=True):
                time.sleep(0.1)
                encoding = 'mono8' if 'mask' in camera.topic_name else 'bgr8'
                camera.publish(ros_image(picture, encoding, stamp=(stamp, 0)))

        rows = rows_after(probe, left, publish, stamps)
        assert len(rows) == 90 and 80 < rows.max() <= 119
        rows = message_to_rows(probe.wait_for(lambda: right, 'features')[-1])['y']
        assert len(rows) == 90 and 120 < rows.max() <= 159
        count = len(left)
        cameras[0].publish(ros_image(IMAGE, stamp=(900, 0)))
        cameras[1].publish(ros_image(IMAGE, stamp=(900, 0)))
        time.sleep(1)
        assert len(left) == count  # no mask of that stamp
    code, log = stop_node(process)
    assert code == 0 and 'Traceback' not in log


def test_masks_are_heard_as_reliably_as_they_are_published(probe, start_node, stop_node):
    """A best effort subscription loses large masks in silence where a reliable one does not."""
    process = start_node('extractor_node', '/reliable', method='orb', **{
        'qos_overrides./reliable/mask.subscription.durability': 'transient_local'})

    def policy(name):
        found = probe.node.get_subscriptions_info_by_topic('/reliable/mask')
        return getattr(found[0].qos_profile, name).name if len(found) == 1 else ''

    probe.wait_for(lambda: policy('reliability') == 'BEST_EFFORT', 'no publisher yet')
    masks = probe.node.create_publisher(Image, '/reliable/mask', LATCHED)
    try:
        probe.wait_for(lambda: policy('reliability') == 'RELIABLE', 'a reliable subscription')
        assert policy('durability') == 'TRANSIENT_LOCAL'
    finally:
        probe.node.destroy_publisher(masks)
    code, log = stop_node(process)
    assert code == 0 and 'Traceback' not in log and 'is ignored' not in log
