# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Nodes whose timers fail, each in a process of its own."""
import subprocess

import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed')

import sys

from support.ros_nodes import PROFILE

from residual_features_ros.tools.harness import processes

NODE = """
import rclpy
from residual_features_ros.ros.extractor_node import ExtractorNode
from residual_features_ros.ros.runner import run

class Failing(ExtractorNode):
    looks = 0

    def _look(self):
        self.looks += 1
        if self.looks > 1:
            {before}
            raise RuntimeError('context is invalid')

raise SystemExit(run(Failing, ['--ros-args', '-p', 'method:=orb']))
"""


def end_of(before, logs):
    code = NODE.format(before=before)
    return subprocess.run([sys.executable, '-c', code], env=processes.environment(PROFILE, logs),
                          capture_output=True, text=True, timeout=60)


def test_a_callback_that_the_end_interrupts_is_no_failure(tmp_path):
    ended = end_of('rclpy.shutdown()', tmp_path)
    assert ended.returncode == 0 and 'Traceback' not in ended.stderr


def test_a_callback_that_fails_by_itself_ends_the_node_as_a_failure(tmp_path):
    ended = end_of('pass', tmp_path)
    assert ended.returncode == 1 and 'context is invalid' in ended.stderr
