# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import math

import pytest

from residual_features_ros.ros.diagnostics import (
    ERROR,
    OK,
    STALE,
    WARN,
    assess,
    drops_of,
    new_drops,
    to_message,
)
from residual_features_ros.ros.statistics import BAD_IMAGE, FAILED, TOO_SLOW, Statistics


def after(received=0, idle=0, served=0, drops=(), silence_s=0.0):
    statistics = Statistics()
    for number in range(received):
        statistics.count_received(number < idle)
    for _ in range(served):
        statistics.count_served(0.01, 500, 300)
    for reason in drops:
        statistics.count_drop(reason, f'why {reason}')
    statistics._last_image_s -= silence_s
    return statistics.report()


@pytest.mark.parametrize('report, level, words', [
    (after(received=10, served=10), OK, 'fps'),
    (after(received=10, idle=10), OK, 'idle: nobody listens'),
    (after(), OK, '0.0 fps'),  # a camera of less than 1 Hz
    (after(silence_s=10), STALE, 'no image came for 10 s'),
    (after(received=10, served=8, drops=[BAD_IMAGE] * 2), WARN, '2 bad images: why bad image'),
    (after(received=10, served=8, drops=[TOO_SLOW] * 2), OK, 'fps'),
    (after(received=10, served=4, drops=[TOO_SLOW] * 6), WARN, '6 of 10 images dropped'),
    (after(received=2, drops=[BAD_IMAGE] * 2), ERROR, 'why bad image'),
    (after(received=10, served=9, drops=[FAILED]), ERROR, 'why extraction failed'),
])
def test_levels(report, level, words):
    assert assess(report, alive=True)[0] == level
    assert words in assess(report, alive=True)[1]
    assert assess(report, alive=False)[0] == ERROR


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


def test_no_latency_before_the_first_image():
    assert math.isnan(Statistics().report().latency_ms_p50)


def test_message():
    pytest.importorskip('diagnostic_msgs', reason='diagnostic_msgs is not installed')
    from builtin_interfaces.msg import Time
    message = to_message('/front/extractor', after(received=2, drops=[BAD_IMAGE] * 2), True,
                         {'method': 'orb', 'backend': 'CPU'}, Time(sec=5))
    status, = message.status
    values = {pair.key: pair.value for pair in status.values}
    assert message.header.stamp.sec == 5
    assert status.level == b'\x02' and status.name == '/front/extractor: features'
    assert status.hardware_id == 'CPU' and values['method'] == 'orb'
    assert values['drops: bad image'] == '2' and values['drops: newer image came'] == '0'
    assert drops_of(message) == {BAD_IMAGE: 2, TOO_SLOW: 0, FAILED: 0}


def test_new_drops_are_those_since_an_earlier_report():
    assert new_drops({TOO_SLOW: 3, FAILED: 1}, {TOO_SLOW: 5, FAILED: 1, BAD_IMAGE: 4}) == {
        TOO_SLOW: 2, FAILED: 0, BAD_IMAGE: 4}
