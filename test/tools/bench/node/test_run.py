# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""bench --node end to end: a real node, a real DDS, a few frames."""
import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
from support.paths import CONFIG
from support.ros_nodes import needs_ros

from residual_features_ros.tools.command_line import build_parser, main
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


def parse(*words):
    return build_parser().parse_args(['bench', '--node', *words])


@needs_ros
def test_the_node_is_driven_at_a_rate(folder, capsys):
    out = folder / 'node.json'
    assert bench(folder, '--methods', 'rootsift', '--rate', '10', '--frames', '20', '--grey',
                 '--starts', '2', '--out', str(out)) == 0
    printed = ' '.join(capsys.readouterr().out.split())
    assert 'frames sent 20 frames answered 20 lost on the way 0 fps sent 10.0' in printed
    record = json.loads(out.read_text())['methods']['rootsift']
    found = record['figures']
    assert found['answered'] == 20 and found['highest_fps'] is None
    assert len(record['frame_times']) == 20 and len(record['starts_s']) == 2
    assert found['stages_ms'].keys() >= {'wait', 'convert', 'extract', 'match', 'publish'}
    extract = found['stages_ms']['extract']['p50']
    assert 0 < extract < found['matches_ms']['p50']
    assert 0 < found['overhead_ms']['p50'] < found['matches_ms']['p50']
    assert [look[0] for look in record['memory']] == list(range(21))
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
    (['--methods', 'orb', '--counts', '5'], '--counts goes with --scaling'),
])
def test_bad_words_are_refused(words, said, folder, capsys):
    assert bench(folder, *words) == 2
    assert said in capsys.readouterr().err


def test_what_is_given_goes_before_a_file_of_parameters():
    from residual_features_ros.tools.bench.node.run import node_arguments
    fast = str(CONFIG / 'fast.yaml')
    words = node_arguments(parse('--params-file', fast, '--keypoints', '300', '--set',
                                 'ratio=0.9'), '')
    assert words[3:] == ['--params-file', fast, '-p', 'max_keypoints:=300', '-p', 'ratio:=0.9']
    words = node_arguments(parse('--methods', 'orb', '--threads', '2'), 'orb')
    assert words[3:] == ['-p', 'method:=orb', '-p', 'max_keypoints:=1000', '-p',
                         'backend:=[onnxruntime]', '-p', 'threads:=2']


def test_images_are_kept_as_the_camera_has_them(folder):
    from residual_features_ros.tools.bench.node.run import save_images
    args = parse('--images', str(folder / 'in'), '--size', '64x48')
    assert save_images(args, folder / 'images.npy') == 6
    assert np.load(folder / 'images.npy').shape == (6, 48, 64, 3)
    args.grey = True
    save_images(args, folder / 'images.npy')
    assert np.load(folder / 'images.npy').shape == (6, 48, 64)


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
