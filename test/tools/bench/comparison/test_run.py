# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import types

import cv2
import pytest

from residual_features_ros.timings import STAGES
from residual_features_ros.tools.bench.comparison.run import core_report, report, stage_report
from residual_features_ros.tools.bench.timed_methods import TimedMethod
from residual_features_ros.tools.command_line import main


def test_ratios_are_medians_over_equal_turns():
    def timed(extract_ms):
        return TimedMethod(types.SimpleNamespace(backend_description='x'), None, None, [7] * 3,
                           extract_ms, [1.0] * 3)
    methods = {'orb': timed([10.0, 20.0, 40.0]), 'sift': timed([20.0, 40.0, 400.0])}
    rows = report(methods, 'sift', [95]).splitlines()
    assert rows[2].split()[:5] == ['orb', '7', '20.0', '38.0', '0.50']
    assert rows[3].split()[4] == '1.00'
    header = report(methods, 'orb', [5, 99]).splitlines()[0].split()
    assert header[2:6] == ['extract', 'p5', 'p99', 'x']


def test_core_ms_and_their_ratios_are_means():
    methods = {'sift': TimedMethod(None, None, extract_core_ms=[30.0, 50.0],
                                   match_core_ms=[8.0, 12.0]),
               'orb': TimedMethod(None, None, extract_core_ms=[9.0, 11.0],
                                  match_core_ms=[4.0, 6.0])}
    rows = [line.split() for line in core_report(methods, 'sift').splitlines()]
    assert rows[0] == ['core-ms', 'extract', 'x', 'match', 'x', 'frame', 'x']
    assert rows[2] == ['sift', '40.0', '1.00', '10.0', '1.00', '50.0', '1.00']
    assert rows[3] == ['orb', '10.0', '0.25', '5.0', '0.50', '15.0', '0.30']


def test_stages_are_told_where_a_method_has_them():
    stages_ms = {'detect': [1.0, 2.0, 9.0], 'h': []}
    methods = {'opencv_sift': TimedMethod(None, None),
               'sift': TimedMethod(None, None, stages_ms=stages_ms)}
    rows = stage_report(methods).splitlines()
    assert rows[0].split() == ['stages', *STAGES]
    assert len(rows) == 3
    before = STAGES.index('detect')
    assert rows[2].split() == ['sift', *['-'] * before, '2.0', '8.3',
                               *['-'] * (len(STAGES) - before - 1)]


def test_bench_prints_all_methods_side_by_side(tmp_path, image, capsys):
    cv2.imwrite(str(tmp_path / 'a.png'), image)
    assert main(['bench', '--methods', 'orb,sift', '--size', '128x96', '--repeat', '1',
                 '--images', str(tmp_path), '--out', str(tmp_path / 'times.json')]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[0].split()[:3] == ['method', 'keypoints', 'extract']
    saved = json.loads((tmp_path / 'times.json').read_text())
    assert saved['size'] == [128, 96] and saved['reference'] == 'opencv_sift'
    assert list(saved['methods']) == ['opencv_sift', 'orb', 'sift']
    times = saved['methods']['sift']
    assert len(times['extract_ms']) == len(times['stages_ms']['detect']) == 1
    figures = times['figures']
    assert times['extract_core_ms'] == [figures['core_ms']['extract']]
    assert figures['core_ms']['match'] > 0 and figures['extract_ms'] == times['extract_ms'][0]
    assert saved['methods']['opencv_sift']['figures']['ratio'] == {'extract': 1, 'match': 1}
    assert saved['environment']['commit'] and saved['environment']['cpu']
    assert len(times['stages_ms']['choose']) == len(times['stages_ms']['describe']) == 1
    assert 'core-ms  ' in printed
    assert times['stages_ms']['h'] == []
    assert 'ratio to opencv_sift' in printed


@pytest.fixture
def opencv_threads():
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


def test_threads_are_those_of_opencv_and_of_the_runtime(tmp_path, image, capsys, opencv_threads):
    cv2.imwrite(str(tmp_path / 'a.png'), image)
    assert main(['bench', '--methods', 'orb', '--size', '128x96', '--repeat', '1', '--threads',
                 '1', '--percentiles', '5,99', '--reference', 'orb', '--images', str(tmp_path),
                 '--out', str(tmp_path / 'times.json')]) == 0
    assert 'with 1 threads' in capsys.readouterr().out
    saved = json.loads((tmp_path / 'times.json').read_text())
    assert saved['opencv_threads'] == 1 and saved['settings'] == ['threads=1']
    assert list(saved['methods']) == ['orb']
