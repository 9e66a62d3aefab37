# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys

import pytest

pytest.importorskip('torch')
from training.__main__ import main, parse


@pytest.mark.parametrize(('words', 'sentence'), [
    ([], 'takes one of --bag, --images, --sequence and --live'),
    (['--live', '/a', '--bag', 'b'], 'takes one of'),
    (['--bag', 'b', '--rounds', '2'], '--rounds is a number from 1 on and goes with --live'),
    (['--live', '/a', '--rounds', '-1'], '--rounds'),
    (['--live', '/a', '--frames', '5'], '--frames must be 24 or more, got 5')])
def test_what_does_not_go_together_is_refused(words, sentence, capsys):
    assert main(['learn', *words]) == 2
    assert sentence in capsys.readouterr().err


def test_options_reach_the_command():
    _, options = parse(['learn', '--live', '/a', '--rounds', '3', '--node', '/left/extractor',
                        '--frames', '30', '--minutes', '2'])
    assert (options.live, options.rounds, options.node, options.most, options.minutes) == (
        '/a', 3, '/left/extractor', 30, 2)


def test_nothing_of_ros_is_imported_where_it_is_not_asked_for():
    code = ('import sys, training.__main__, training.learn.run; '
            'print({"rclpy", "sensor_msgs"} & set(sys.modules))')
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == 'set()'
