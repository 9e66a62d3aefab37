# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The command line as a user meets it: a process, its output and its exit code."""
import argparse
import os
import subprocess
import sys

import pytest
from support.paths import ROOT

from residual_features_ros.tools.command_line import COMMANDS, count, pixels, words


def call(*arguments, cwd=ROOT):
    env = {**os.environ, 'PYTHONPATH': str(ROOT)}
    return subprocess.run([sys.executable, '-m', 'residual_features_ros', *map(str, arguments)],
                          capture_output=True, text=True, cwd=cwd, env=env, check=False)


def test_help_names_every_command():
    done = call('--help')
    assert done.returncode == 0
    assert all(command in done.stdout for command in COMMANDS)


@pytest.mark.parametrize('command', COMMANDS)
def test_each_command_has_help(command):
    assert call(command, '--help').returncode == 0


def test_help_waits_for_no_heavy_import():
    code = ('import sys, residual_features_ros.tools.command_line as c; c.build_parser(); '
            'print(sorted({"cv2", "numpy", "h5py", "rosbags"} & set(sys.modules)))')
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True,
                          cwd=ROOT, check=True)
    assert done.stdout.strip() == '[]'


@pytest.mark.parametrize(('arguments', 'said'), [
    (['extract', 'no_such.png', '--out', 'f.h5'], 'no_such.png: no such file or folder'),
    (['extract', 'empty', '--out', 'f.h5'], 'empty: no image in this folder'),
    (['extract', 'text.png', '--out', 'f.h5', '--method', 'orb'], 'text.png: not an image'),
    (['extract', 'text.png', '--out', 'text.png', '--method', 'orb'],
     'text.png: cannot be opened as HDF5'),
    (['extract', 'text.png', '--out', 'f.h5', '--method', 'residual_shift'],
     'did you mean residual_sift'),
    (['extract', 'text.png', '--out', 'f.h5', '--method', 'orb', '--root', 'empty'],
     'lies outside --root'),
    (['match', 'no_such.png', 'text.png'], 'no_such.png: No such file'),
    (['match', 'nothing.png', 'text.png'], 'nothing.png: not an image'),
    (['bench', '--methods', 'orb,sitf'], 'sitf'),
    (['bench', '--methods', 'orb', '--reference', 'sift'], '--reference sift is not among'),
    (['bench', '--methods', 'orb', '--backend', ','], 'backend must be a non-empty'),
    (['bench', '--methods', 'orb', '--keypoints', '0'], 'max_keypoints must be in [1, 50000]'),
    (['bench', '--methods', 'orb', '--set', 'max_siez=3'], 'did you mean max_size'),
    (['bench', '--methods', 'orb', '--set', 'max_size=big'], 'max_size must be int'),
    (['bench', '--methods', 'residual_sift', '--set', 'weights=empty'],
     'empty/residual_sift.json: no such file'),
    (['bench', '--methods', 'residual_sift', '--backend', 'onnx'], 'unknown backend'),
], ids=lambda value: ' '.join(value) if isinstance(value, list) else '')
def test_a_refusal_is_one_sentence_and_exit_code_2(arguments, said, tmp_path):
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'text.png').write_text('not a picture')
    (tmp_path / 'nothing.png').touch()
    done = call(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert 'Traceback' not in done.stderr
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_sizes_words_and_counts():
    assert pixels('640x480') == (640, 480)
    assert words('orb, sift,') == ['orb', 'sift']
    assert count('3') == 3
    for function, text in ((pixels, '640'), (pixels, '640x8'), (count, '0'), (count, 'x')):
        with pytest.raises(argparse.ArgumentTypeError):
            function(text)
