# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The client and a node that answers, both in this process, over real DDS."""
import contextlib
import itertools
import threading
import time

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed')

from rclpy.serialization import serialize_message
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header, String
from support.answering_node import AnsweringNode

from residual_features_ros.ros.conversions import image_to_message
from residual_features_ros.tools.harness import client as client_module
from residual_features_ros.tools.harness.cdr import cloud_width, is_probe, restamped, stamp_of
from residual_features_ros.tools.harness.client import (
    EXIT_INTERRUPTED,
    EXIT_TIMEOUT,
    FeatureClient,
    receiving,
    run_with_ros,
)

pytestmark = pytest.mark.usefixtures('probe')  # has called rclpy.init
FIRST_NS = 10**9
numbers = itertools.count()


def stamp_ns(message):
    return message.header.stamp.sec * 10**9 + message.header.stamp.nanosec


@pytest.fixture
def image():
    message = image_to_message(np.zeros((20, 30), np.uint8), Header(frame_id='camera'))
    return serialize_message(message)


@contextlib.contextmanager
def together(image_type=Image, silence_s=0.5, **options):
    """Give a node, a client in its namespace and the list of what that keeps."""
    namespace, kept = f'/client_{next(numbers)}', []
    node = AnsweringNode(namespace, image_type, **options)
    client = FeatureClient('client', namespace, lambda *record: kept.append(record), image_type,
                           probe_period_s=0.05, silence_s=silence_s)
    with receiving(node), receiving(client):
        yield node, client, kept


def send(client, image, count, first=0):
    return [client.send(restamped(image, FIRST_NS + i)) for i in range(first, first + count)]


def test_probes_are_answered_and_forgotten(image):
    before_ns = time.monotonic_ns()
    with together() as (node, client, kept):
        met_ns = client.meet(image)
        assert before_ns < met_ns < time.monotonic_ns()
        assert client.answered == 0 and kept == []
        assert node.images and all(is_probe(stamp_ns(image)) for image in node.images)


def test_answers_are_kept_as_they_come(image):
    with together() as (node, client, kept):
        client.meet(image)
        sent_ns = send(client, image, 3)
        client.settle(3)
        assert client.answered == 3
        for topic, width in (('features', node.FEATURES), ('matches', node.MATCHES)):
            times, messages = zip(*(record[1:] for record in kept if record[0] == topic),
                                  strict=True)
            assert [stamp_of(cdr) for cdr in messages] == [FIRST_NS, FIRST_NS + 1, FIRST_NS + 2]
            assert {cloud_width(cdr) for cdr in messages} == {width}
            assert all(sent < received < time.monotonic_ns()
                       for sent, received in zip(sent_ns, times, strict=True))


def test_what_is_lost_is_waited_for_until_nothing_comes(image):
    with together(ignores=lambda image: stamp_ns(image) == FIRST_NS + 1) as (_, client, _kept):
        client.meet(image)
        send(client, image, 3)
        began_s = time.monotonic()
        client.settle(3)
        assert client.answered == 2 and 0.4 < time.monotonic() - began_s < 5


def test_slow_answers_are_waited_for_one_by_one(image):
    with together(delay_s=0.3) as (_, client, _kept):
        client.meet(image)
        send(client, image, 4)  # 1.2 s, more than the silence
        client.settle(4)
        assert client.answered == 4


def test_drops_are_read_from_the_next_report(image):
    with together(ignores=lambda image: stamp_ns(image) >= FIRST_NS) as (_, client, kept):
        client.meet(image)
        assert client.await_report() == {'asked for': 0}
        send(client, image, 5)
        client.settle(5)
        client.await_report()  # may have been on its way
        assert client.await_report() == {'asked for': 5}
        assert {topic for topic, *_ in kept} == {'diagnostics'}


def test_reports_before_the_meeting_are_not_kept(image):
    with together() as (_, client, kept):
        client.await_report()
        assert kept == []


def test_without_a_report_there_are_no_drops(image, monkeypatch):
    monkeypatch.setattr(client_module, 'REPORT_TIMEOUT_S', 0.1)
    client = FeatureClient('client', '/client_alone', print)
    with receiving(client):
        assert client.await_report() == {}


def test_compressed_images_have_their_topic(image):
    compressed = serialize_message(CompressedImage(header=Header(frame_id='camera'), data=b'xyz'))
    with together(CompressedImage) as (node, client, _):
        client.meet(compressed)
        assert bytes(node.images[0].data) == b'xyz'


def test_another_topic_is_handed_on_too(image):
    with together() as (_, client, kept):
        client.listen(String, 'extractor/frame_times')
        client.meet(image)
        deadline_s = time.monotonic() + 30
        while 'extractor/frame_times' not in {topic for topic, *_ in kept}:
            assert time.monotonic() < deadline_s
            send(client, image, 1)
            client.settle(client.answered + 1)


def test_a_node_that_is_not_there_is_said(image, monkeypatch):
    monkeypatch.setattr(client_module, 'READY_TIMEOUT_S', 0.3)
    client = FeatureClient('client', '/client_alone', print)
    with receiving(client), pytest.raises(TimeoutError, match='the node did not answer within'):
        client.meet(image)


def test_receiving_ends_its_thread(image):
    before = threading.active_count()
    with together():
        assert threading.active_count() == before + 2
    assert threading.active_count() == before


@pytest.mark.parametrize(('error', 'code', 'said'), [
    (None, 0, ''), (TimeoutError('no answer'), EXIT_TIMEOUT, 'player: no answer\n'),
    (KeyboardInterrupt(), EXIT_INTERRUPTED, '')])
def test_the_exit_code_tells_how_it_ended(error, code, said, monkeypatch, capsys):
    def work():
        if error:
            raise error

    for name in ('init', 'try_shutdown'):  # this process goes on
        monkeypatch.setattr(client_module.rclpy, name, lambda: None)
    assert run_with_ros(work, 'player') == code
    assert capsys.readouterr().err == said
