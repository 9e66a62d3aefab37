# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import types

import cv2
import pytest

from residual_features_ros.cli import main
from residual_features_ros.commands import CommandError
from residual_features_ros.commands.bench import (
    Lane,
    default_reference,
    measure,
    report,
    stage_report,
)
from residual_features_ros.stages import STAGES, Stages


class Recorder:
    """Stands in for extractor and matcher; notes whose turn it is."""

    backend_description = 'none needed'
    stages = Stages()

    def __init__(self, name, turns):
        self.name, self.turns = name, turns

    def extract(self, image):
        self.turns.append((self.name, image))
        return [image]

    def match(self, a, b):
        return []


def test_methods_take_turns_on_every_image_and_the_first_round_is_not_counted():
    turns = []
    lanes = [Lane(Recorder(name, turns), Recorder(name, [])) for name in 'ab']
    measure(lanes, [1, 2], rounds=2)
    assert turns[:4] == [('a', 1), ('b', 1), ('b', 2), ('a', 2)]
    assert len(turns) == 2 * 2 * 3
    assert all(len(lane.extract_ms) == len(lane.match_ms) == 4 for lane in lanes)


def test_ratios_are_medians_over_equal_turns():
    def lane(extract_ms):
        return Lane(types.SimpleNamespace(backend_description='x'), None, None, [7] * 3,
                    extract_ms, [1.0] * 3)
    lanes = {'orb': lane([10.0, 20.0, 40.0]), 'sift': lane([20.0, 40.0, 400.0])}
    rows = report(lanes, 'sift').splitlines()
    assert rows[2].split()[:5] == ['orb', '7', '20.0', '38.0', '0.50']
    assert rows[3].split()[4] == '1.00'


def test_stages_are_told_where_a_method_has_them():
    recorder = Recorder('a', [])
    recorder.stages = Stages()
    recorder.stages.ms['detect'].extend([1.0, 2.0, 9.0])
    rows = stage_report({'sift': Lane(recorder, None)}).splitlines()
    assert rows[0].split() == ['stages', *STAGES]
    assert rows[2].split() == ['sift', '2.0', '8.3', *['-'] * (len(STAGES) - 1)]


def test_ratios_are_against_the_first_handcrafted_sift():
    assert default_reference(['orb', 'residual_sift', 'rootsift', 'sift']) == 'rootsift'
    assert default_reference(['orb', 'surf']) == 'orb'
    with pytest.raises(CommandError, match='names no method'):
        default_reference([])


def test_bench_prints_all_methods_side_by_side(tmp_path, image, capsys):
    cv2.imwrite(str(tmp_path / 'a.png'), image)
    assert main(['bench', '--methods', 'orb,sift', '--size', '128x96', '--repeat', '1',
                 '--images', str(tmp_path), '--out', str(tmp_path / 'times.json')]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[0].split()[:3] == ['method', 'keypoints', 'extract']
    saved = json.loads((tmp_path / 'times.json').read_text())
    assert saved['size'] == [128, 96] and saved['reference'] == 'sift'
    times = saved['methods']['sift']
    assert len(times['extract_ms']) == len(times['stages_ms']['detect']) == 1
    assert times['stages_ms']['h'] == []
    assert 'ratio to sift' in printed
