# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""bench --node end to end: a real node, a real DDS, a few frames."""
import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
from support.options import parse
from support.paths import CONFIG
from support.ros_nodes import needs_ros

from residual_features_ros.tools.command_line import main
from residual_features_ros.tools.demo.moving_view import moving_view


@pytest.fixture
def folder(tmp_path, image):
    (tmp_path / 'in').mkdir()
    for i, view in enumerate(moving_view([image], (160, 120), 6)):
        cv2.imwrite(str(tmp_path / 'in' / f'{i}.png'), view)
    return tmp_path


def bench(folder, *words):
    return main(['bench', '--node', '--images', str(folder / 'in'), '--size', '160x120',
                 '--starts', '1', *words])


@needs_ros
def test_the_node_is_driven_at_a_rate(folder, capsys):
    out = folder / 'node.json'
    assert bench(folder, '--methods', 'rootsift', '--rate', '10', '--frames', '20', '--grey',
                 '--starts', '2', '--out', str(out)) == 0
    printed = ' '.join(capsys.readouterr().out.split())
    assert 'frames sent 20 frames answered' in printed and 'fps sent 10.0' in printed
    record = json.loads(out.read_text())['methods']['rootsift']
    found = record['figures']
    assert found['answered'] + sum(found['drops'].values()) + found['lost'] == found['sent'] == 20
    assert found['answered'] and found['highest_fps'] is None
    assert len(record['frame_times']) == found['answered'] and len(record['starts_s']) == 2
    assert found['stages_ms'].keys() >= {'wait', 'convert', 'extract', 'match', 'publish'}
    extract = found['stages_ms']['extract']['p50']
    assert 0 < extract < found['matches_ms']['p50']
    assert found['stages_ms'].keys() >= {'detect', 'choose', 'describe'}
    assert found['node_core_ms'] > 0 and found['driver_core_ms'] > 0
    assert found['node_core_ms'] == pytest.approx(1000 * record['node_processor_s'] / 20)
    assert 'core-ms per frame, node' in printed and 'in extract: choose p50 p95' in printed
    assert 0 < found['overhead_ms']['p50'] < found['matches_ms']['p50']
    assert [sample[0] for sample in record['memory']] == list(range(21))
    assert found['memory_mb']['end'] > 50 and found['start_s'] > 0
    assert found['keypoints'] > 50 and found['matches'] > 20


@needs_ros
def test_the_highest_rate_is_found_with_a_file_of_parameters(folder, capsys):
    (folder / 'mine.yaml').write_text('/**:\n  ros__parameters:\n    method: orb\n'
                                      '    max_keypoints: 70\n')
    out = folder / 'node.json'
    assert bench(folder, '--params-file', str(folder / 'mine.yaml'), '--frames', '30',
                 '--threads', '1', '--out', str(out)) == 0
    printed = capsys.readouterr().out
    assert 'highest fps' in printed and 'mine' in printed.splitlines()[0]
    found = json.loads(out.read_text())['methods']['mine']['figures']
    assert found['rate'] == pytest.approx(0.8 * found['highest_fps'])
    assert found['answered'] + sum(found['drops'].values()) + found['lost'] == found['sent'] == 30
    assert found['keypoints'] <= 70


@needs_ros
def test_a_node_that_does_not_start_speaks(folder, capsys):
    assert bench(folder, '--methods', 'residual_sift', '--set', f'weights={folder}') == 2
    said = capsys.readouterr().err
    assert 'the node ended' in said
    assert 'residual_sift.json: no such file' in said


@needs_ros
@pytest.mark.parametrize(('words', 'said'), [
    (['--methods', ''], '--methods names no method'),
    (['--methods', 'sitf'], 'did you mean'),
    (['--methods', 'orb', '--rate', '-1'], '--rate lies in'),
    (['--methods', 'orb', '--params-file', 'none.yaml'], 'none.yaml: no such file'),
    (['--methods', 'orb', '--threads', '1', '--set', 'threads=2'], 'the same setting'),
    (['--methods', 'orb', '--dds-profile', 'none.xml'], 'no Fast DDS profile at none.xml'),
    (['--methods', 'orb', '--counts', '5'], '--counts 5 does not go with bench --node'),
])
def test_bad_words_are_refused(words, said, folder, capsys):
    assert bench(folder, *words) == 2
    assert said in capsys.readouterr().err


def test_what_is_given_goes_before_a_file_of_parameters():
    from residual_features_ros.tools.bench.node.run import node_arguments
    fast = CONFIG / 'fast.yaml'
    options = parse('bench --node', '--params-file', fast, '--max-keypoints', '300', '--set',
                    'ratio=0.9')
    words = node_arguments('', options.method_options, options.params_file)
    assert words[3:] == ['--params-file', str(fast), '-p', 'max_keypoints:=300', '-p',
                         'ratio:=0.9']
    options = parse('bench --node', '--methods', 'orb', '--threads', '2')
    words = node_arguments('orb', options.method_options, options.params_file)
    assert words[3:] == ['-p', 'method:=orb', '-p', 'max_keypoints:=1000', '-p',
                         'backend:=[onnxruntime, opencv]', '-p', 'threads:=2']


def test_images_are_kept_as_the_camera_has_them(folder):
    from residual_features_ros.tools.bench.node.run import save_images
    path = folder / 'images.npy'
    assert save_images(path, str(folder / 'in'), (64, 48), grey=False) == 6
    assert np.load(path).shape == (6, 48, 64, 3)
    save_images(path, str(folder / 'in'), (64, 48), grey=True)
    assert np.load(path).shape == (6, 48, 64)


TERMINATED = """
import signal
from residual_features_ros.tools.bench.node.run import interruptible
before = signal.getsignal(signal.SIGTERM)
try:
    with interruptible():
        signal.raise_signal(signal.SIGTERM)
except KeyboardInterrupt:
    assert signal.getsignal(signal.SIGTERM) is before
    print('ended')
"""


def test_a_termination_ends_it_as_ctrl_c_does():
    # In a process of its own: the handlers of a node that another test has made stay behind.
    run = subprocess.run([sys.executable, '-c', TERMINATED], capture_output=True, text=True,
                         check=False)
    assert run.stdout == 'ended\n', run.stderr
