# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of a record that is written by hand."""
import math

import numpy as np
import pytest

from residual_features_ros.tools.bench.node.figures import (
    draw_memory,
    figures,
    latencies_ms,
    memory,
    render,
    spread,
)
from residual_features_ros.tools.bench.node.frames import MEASURE

MS = 10**6


@pytest.fixture
def record():
    """Four frames: 0 and 1 are answered, 2 is dropped by the node, 3 is lost."""
    stages = {'wait': 1.0, 'extract': 20.0, 'match': 5.0, 'describe': 4.0}
    return {
        'sent_ns': [0, 100 * MS, 200 * MS, 300 * MS],
        'features': [[0, 30 * MS, 500], [1, 132 * MS, 700]],
        'matches': [[0, 31 * MS, 0], [1, 133 * MS, 400]],
        'frame_times': [{'stamp': [MEASURE - 1, 0], 'ms': {'extract': 1.0, 'match': 1.0}},
                        {'stamp': [MEASURE, 0], 'ms': stages},
                        {'stamp': [MEASURE, 1], 'ms': stages}],
        'drops': {'drops: newer image came': 1, 'drops: bad image': 0},
        'rate': 10.0, 'fps': 9.8, 'start_s': 1.5, 'starts_s': [2.0, 1.5],
        'memory': [[0, 0.0, 100.0, 10.0], [2, 0.2, 110.0, 20.0], [4, 0.4, 121.0, 20.0]],
        'node_processor_s': 0.1, 'driver_processor_s': 0.02}


def test_drops_by_the_node_are_told_from_losses(record):
    found = figures(record)
    assert (found['sent'], found['answered'], found['lost']) == (4, 2, 1)


def test_overhead_is_latency_less_extract_and_match(record):
    found = figures(record)
    assert found['features_ms']['p50'] == 31 and found['matches_ms']['max'] == 33
    assert found['overhead_ms']['p50'] == pytest.approx((31 + 33) / 2 - 25)
    assert found['stages_ms']['wait']['p50'] == 1
    assert found['node_core_ms'] == 50 and found['driver_core_ms'] == 5


def test_the_table_has_a_column_for_each_method(record):
    saturated = {**record, 'highest_fps': 12.5}
    rows = [line.split() for line in render({
        'orb': figures(saturated), 'sift': figures(record)}).splitlines()]
    assert rows[0] == ['node', 'orb', 'sift']
    assert ['highest', 'fps', '12.5', '-'] in rows
    assert ['in', 'extract:', 'describe', 'p50', 'p95', '4.00', '4.00', '4.00', '4.00'] in rows
    assert ['core-ms', 'per', 'frame,', 'node', '50.0', '50.0'] in rows
    assert ['lost', 'on', 'the', 'way', '1', '1'] in rows
    assert ['dropped', 'by', 'the', 'node:', 'newer', 'image', 'came', '1', '1'] in rows


def test_a_record_without_answers_has_no_latencies(record):
    record.update(features=[], matches=[], frame_times=[])
    found = figures(record)
    assert found['answered'] == 0 and math.isnan(found['matches_ms']['p50'])
    assert 'nan' in render({'orb': found})


def test_of_two_answers_the_first_counts():
    assert latencies_ms([[0, 2 * MS, 1], [0, 9 * MS, 1]], np.array([0])) == {0: 2.0}


def test_spread_of_a_hundred():
    found = spread(list(range(101)))
    assert found == {'p50': 50, 'p95': 95, 'p99': 99, 'max': 100, 'p95/p50': 1.9}


def test_memory_grows_from_when_it_has_settled(record):
    found = memory(record['memory'])
    assert found['early_frame'] == 2 and found['max'] == found['end'] == 121
    assert found['growth_percent'] == pytest.approx(10)
    assert found['growth_percent_without_shared'] == pytest.approx(100 * (101 / 90 - 1))
    samples = [[frame, 0.0, 100.0, 0.0] for frame in range(0, 20001, 100)]
    assert memory(samples)['early_frame'] == 1000
    assert memory(samples[:5])['early_frame'] == 100


def test_the_memory_is_drawn(record, tmp_path, capsys):
    pytest.importorskip('matplotlib', reason='matplotlib is not installed')
    from residual_features_ros.tools.plots import write_plot
    assert write_plot(tmp_path / 'm.png', lambda figure: draw_memory(
        figure, {'orb': record['memory']}))
    assert (tmp_path / 'm.png').stat().st_size > 10_000
    assert 'plot: ' in capsys.readouterr().out


def test_without_matplotlib_it_is_said(tmp_path, monkeypatch, capsys):
    import sys

    from residual_features_ros.tools.plots import write_plot
    monkeypatch.setitem(sys.modules, 'matplotlib.figure', None)
    assert not write_plot(tmp_path / 'm.png', print)
    assert 'pip install matplotlib' in capsys.readouterr().out
