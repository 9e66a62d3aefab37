# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How nodes begin and end, each in a process of its own."""
import os
import signal
import subprocess

import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed')

import sys

from support.node_answers import latched_info
from support.paths import ROOT
from support.ros_nodes import PROFILE, finish

from residual_features_ros.backends import load_backend
from residual_features_ros.errors import BackendError
from residual_features_ros.tools.harness import processes

NODE = """
import signal
import rclpy
from residual_features_ros.ros.extractor_node import ExtractorNode
from residual_features_ros.ros.runner import run

class Late:
    def __init__(self, real):
        self.real = real

    def __call__(self, *given):
        signal.signal = self.real
        raise KeyboardInterrupt

class Failing(ExtractorNode):
    looks = 0

    def begin(self):
        super().begin()
        {begun}

    def _look(self):
        self.looks += 1
        if self.looks > 1:
            {before}
            raise RuntimeError('context is invalid')

raise SystemExit(run(Failing, ['--ros-args', '-p', 'method:=orb']))
"""


def end_of(before, logs, begun='pass'):
    (logs / 'failing_node.py').write_text(NODE.format(before=before, begun=begun))
    env = processes.environment(PROFILE, logs)
    paths = os.pathsep.join(filter(None, (str(logs), str(ROOT), env.get('PYTHONPATH'))))
    return subprocess.run([sys.executable, '-m', 'failing_node'], env={**env, 'PYTHONPATH': paths},
                          capture_output=True, text=True, timeout=60)


def test_a_callback_that_the_end_interrupts_is_no_failure(tmp_path):
    ended = end_of('rclpy.shutdown()', tmp_path)
    assert ended.returncode == 0 and 'Traceback' not in ended.stderr


def test_an_interrupt_that_python_hears_of_last_is_no_failure(tmp_path):
    ended = end_of('signal.signal = Late(signal.signal); rclpy.shutdown()', tmp_path)
    assert ended.returncode == 0 and 'Traceback' not in ended.stderr, ended.stderr


def test_an_interrupt_in_the_midst_of_an_exec_is_no_failure(tmp_path):
    ended = end_of('pass', tmp_path, "exec('raise KeyboardInterrupt')")
    assert ended.returncode == 0 and 'Traceback' not in ended.stderr, ended.stderr


def test_a_start_that_the_end_interrupts_is_no_failure(tmp_path):
    refused = "raise RuntimeError('context is invalid')"
    ended = end_of('pass', tmp_path, f'rclpy.shutdown(); {refused}')
    assert ended.returncode == 0 and 'FATAL' not in ended.stderr
    ended = end_of('pass', tmp_path, refused)
    assert ended.returncode == 1 and 'FATAL' in ended.stderr


def test_a_callback_that_fails_by_itself_ends_the_node_as_a_failure(tmp_path):
    ended = end_of('pass', tmp_path)
    assert ended.returncode == 1 and 'context is invalid' in ended.stderr


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_clean_exit(probe, start_node, stop_node, number):
    process = start_node('extractor_node', '/leaving', method='orb', metod='sift')
    assert latched_info(probe, '/leaving')['descriptor_norm'] == 'hamming'
    code, log = stop_node(process, number)
    assert code == 0 and 'Traceback' not in log
    assert "parameter 'metod' is unknown and ignored (did you mean method?)" in log


def test_a_node_that_only_builds_ends_by_itself(start_node):
    process = start_node('extractor_node', '/building', build_only='true')
    code, log = finish(process)
    assert code == 0 and 'residual_hessian_small, backend: onnxruntime' in log


@pytest.mark.parametrize('backend', ['tensorrt', 'tensorrt_rtx'])
def test_without_a_gpu_a_node_says_so_and_works_on(probe, start_node, stop_node, backend):
    try:
        load_backend(backend)
    except BackendError as error:
        reason = str(error)
    else:
        pytest.skip('there is a GPU here')
    process = start_node('extractor_node', f'/without_{backend}', method='residual_hessian_small',
                         backend=f'[{backend}]')
    assert latched_info(probe, f'/without_{backend}')['backend'].startswith('onnxruntime')
    code, log = stop_node(process, signal.SIGINT)
    assert code == 0 and 'Traceback' not in log
    assert '[WARN] [' in log and f'backend onnxruntime runs instead of {backend}: ' in log
    assert reason in log


def test_a_params_file_that_is_missing(start_node):
    process = start_node('extractor_node', '/failing', params_file='/nowhere.yaml')
    code, log = finish(process)
    assert code == 1 and '/nowhere.yaml' in log and 'Traceback' not in log


@pytest.mark.parametrize('parameters, words', [
    ({'method': 'rotsift'}, "unknown method 'rotsift' (did you mean rootsift"),
    ({'method': 'residual_rootsift', 'weights': '/nowhere'}, '/nowhere/residual_rootsift.json'),
    ({'method': 'residual_rootsift_small', 'backend': '[onxruntime]'}, 'did you mean onnxruntime'),
    ({'ratio': '1.5'}, 'ratio'),
    ({'ratio': 'high'}, 'ratio'),
    ({'ratio': '2'}, 'out of range'),
    ({'qos_overrides./failing/image_raw.subscription.reliability': 'reliabel'}, 'reliabel'),
    ({'backend': '[]'}, 'backend is given without a value'),
    ({'method': 'residual_surf', 'weights': '/nowhere'}, '/nowhere/residual_surf.json'),
    ({'image_transport': 'theora'}, 'known: compressed, raw'),
])
def test_errors_at_start_are_one_sentence(start_node, stop_node, parameters, words):
    process = start_node('extractor_node', '/failing', **{'method': 'orb', **parameters})
    code, log = finish(process)
    assert code == 1
    assert words in log and 'FATAL' in log and 'Traceback' not in log
