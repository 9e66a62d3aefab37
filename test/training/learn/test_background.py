# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys

import pytest

from residual_features_ros.errors import CommandError
from residual_features_ros.tools.harness import processes
from training.learn import background


def test_what_begins_later_has_the_lowest_priority_too(tmp_path):
    code = ('import os, threading\n'
            'from training.learn import background\n'
            'background.require_ros = lambda: None\n'
            'background.step_back()\n'
            'import cv2, numpy\n'
            'n = lambda: print(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))\n'
            'thread = threading.Thread(target=n); thread.start(); thread.join(); n()\n'
            'print({os.getpriority(os.PRIO_PROCESS, int(t)) for t in os.listdir("/proc/self/task")'
            '} if os.path.isdir("/proc/self/task") else {19})')
    said = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines() == [
        'at the lowest priority of this machine (nice 19)', '19', '19', '{19}']


def test_what_ros_lacks_is_a_sentence_and_changes_nothing(monkeypatch):
    monkeypatch.setattr(processes, 'missing_packages', lambda: ['ros-rclpy[fastrtps]'])
    before = os.getpriority(os.PRIO_PROCESS, 0)
    with pytest.raises(CommandError, match=r'needs ros-rclpy\[fastrtps\]'):
        background.step_back()
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
