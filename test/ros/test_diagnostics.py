# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import math
import time

import pytest

from residual_features_ros.ros.diagnostics import (
    ERROR,
    OK,
    STALE,
    WARN,
    State,
    assess,
    drops_of,
    new_drops,
    to_message,
)
from residual_features_ros.ros.statistics import (
    BAD_IMAGE,
    FAILED,
    LOST,
    NO_PARTNER,
    TOO_SLOW,
    Statistics,
)


def after(received=0, idle=0, served=0, drops=()):
    statistics = Statistics()
    for number in range(received):
        statistics.count_received(number < idle)
    for _ in range(served):
        statistics.count_served(0.01, 500, 300)
    for reason in drops:
        statistics.count_drop(reason, f'why {reason}')
    return statistics.report()


@pytest.mark.parametrize('report, state, level, words', [
    (after(received=10, served=10), State(), OK, 'fps'),
    (after(), State(idle='nobody listens'), OK, 'idle: nobody listens'),
    (after(), State(idle='nobody listens', silence='no camera'), WARN,
     'nobody listens; no camera'),
    (after(), State(), OK, '0.0 fps'),  # a camera of less than 1 Hz
    (after(), State(silence='no image came for 10 s'), STALE, 'no image came for 10 s'),
    (after(received=10, served=8, drops=[BAD_IMAGE] * 2), State(), WARN,
     '2 bad images: why bad image'),
    (after(received=10, served=8, drops=[TOO_SLOW] * 2), State(), OK, 'fps'),
    (after(received=10, served=4, drops=[TOO_SLOW] * 6), State(), WARN, '6 of 10 images dropped'),
    (after(received=2, drops=[BAD_IMAGE] * 2), State(), ERROR, 'why bad image'),
    (after(received=10, served=9, drops=[FAILED]), State(), ERROR, 'why extraction failed'),
    (after(received=10, served=10), State(troubles=['a', 'b']), WARN, 'a; b'),
])
def test_levels(report, state, level, words):
    found, sentence = assess(report, state)
    assert found == level and words in sentence
    assert assess(report, dataclasses.replace(state, alive=False))[0] == ERROR


def test_a_report_counts_its_period_and_drops_for_good():
    statistics = Statistics()
    statistics.count_received(idle=False)
    statistics.count_served(0.020, 500, 300)
    statistics.count_drop(TOO_SLOW)
    first, second = statistics.report(), statistics.report()
    assert (first.received, first.served, first.drops) == (1, 1, {TOO_SLOW: 1})
    assert first.fps_in > 0 and first.latency_ms_p50 == pytest.approx(20)
    assert (second.received, second.served, second.drops) == (0, 0, {})
    assert second.drops_total == {TOO_SLOW: 1}
    assert (second.keypoints, second.matches) == (500, 300)


def test_neither_latency_nor_core_ms_before_the_first_image():
    report = Statistics().report()
    assert math.isnan(report.latency_ms_p50) and math.isnan(report.core_ms)


def test_core_ms_are_the_processor_time_of_the_period_for_each_image():
    statistics = Statistics()
    for _ in range(2):
        until = time.process_time() + 0.05
        while time.process_time() < until:
            pass
        statistics.count_served(0.01, 500, 300)
    assert 50 <= statistics.report().core_ms < 5000
    statistics.count_served(0.01, 500, 300)
    assert 0 < statistics.report().core_ms < 50  # nothing was computed since


def test_message():
    pytest.importorskip('diagnostic_msgs', reason='diagnostic_msgs is not installed')
    from builtin_interfaces.msg import Time
    report = after(received=2, drops=[BAD_IMAGE, BAD_IMAGE, NO_PARTNER])
    message = to_message('/front/extractor', report, State(),
                         {'method': 'orb', 'backend': 'CPU'}, 'front_camera', Time(sec=5))
    status, = message.status
    values = {pair.key: pair.value for pair in status.values}
    assert message.header.stamp.sec == 5
    assert status.level == b'\x02' and status.name == '/front/extractor: features'
    assert status.hardware_id == 'front_camera' and values['method'] == 'orb'
    assert values['core-ms per frame'] == 'nan'  # no image was served
    assert values['drops: bad image'] == '2' and values['drops: newer image came'] == '0'
    assert drops_of(message) == {BAD_IMAGE: 2, TOO_SLOW: 0, FAILED: 0, LOST: 0, NO_PARTNER: 1}


def test_new_drops_are_those_since_an_earlier_report():
    assert new_drops({TOO_SLOW: 3, FAILED: 1}, {TOO_SLOW: 5, FAILED: 1, BAD_IMAGE: 4}) == {
        TOO_SLOW: 2, FAILED: 0, BAD_IMAGE: 4}
