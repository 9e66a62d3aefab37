# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The command line as a user meets it: a process, its output and its exit code."""
import ast
import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from support.options import parse
from support.paths import PACKAGE, ROOT

from residual_features_ros.tools import command_line
from residual_features_ros.tools.bench.comparison.options import ComparisonOptions
from residual_features_ros.tools.bench.node.options import NodeBenchOptions
from residual_features_ros.tools.bench.options import ComparedOptions
from residual_features_ros.tools.bench.scaling.options import ScalingOptions
from residual_features_ros.tools.command_line import COMMANDS, join_flag
from residual_features_ros.tools.demo.options import DemoOptions
from residual_features_ros.tools.doctor.options import DoctorOptions
from residual_features_ros.tools.engine.options import EngineOptions
from residual_features_ros.tools.evaluate_bag.options import EvaluateBagOptions, InputOptions
from residual_features_ros.tools.evaluate_slam.options import EvaluateSlamOptions
from residual_features_ros.tools.extract.options import ExtractOptions
from residual_features_ros.tools.info.options import InfoOptions
from residual_features_ros.tools.make_bag.options import MakeBagOptions
from residual_features_ros.tools.match.options import MatchOptions
from residual_features_ros.tools.vocabulary.options import VocabularyOptions

# The least words of each command and what they mean: the parser's defaults are the dataclass's.
COMPARED = ComparedOptions(('orb',), 'orb')
LEAST = {
    'extract': (['a.png', '--out', 'f.h5'], ExtractOptions(('a.png',), Path('f.h5'))),
    'match': (['a.png', 'b.png'], MatchOptions('a.png', 'b.png')),
    'bench': (['--methods', 'orb'], ComparisonOptions(COMPARED)),
    'bench --scaling': (['--methods', 'orb'], ScalingOptions(COMPARED)),
    'bench --node': (['--methods', 'orb'], NodeBenchOptions(('orb',))),
    'engine': ([], EngineOptions()),
    'info': ([], InfoOptions()),
    'doctor': ([], DoctorOptions()),
    'demo': ([], DemoOptions()),
    'evaluate-bag': (['my_bag'], EvaluateBagOptions(InputOptions(Path('my_bag')))),
    'evaluate-slam': (['.'], EvaluateSlamOptions(Path())),
    'make-bag': (['kitti', '.', '--out', 'bag'], MakeBagOptions('kitti', Path(), Path('bag'))),
    'vocabulary': (['orb', 'v.txt'], VocabularyOptions('orb', (Path('v.txt'),))),
}
TAKE_PARSED_WORDS = ('add_arguments', 'from_arguments', 'main')


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
    assert call(*command.split(), '--help').returncode == 0


@pytest.mark.parametrize('command', COMMANDS)
def test_defaults_are_those_of_the_frozen_options(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # demo_out of a demo beside this would number the default
    words, expected = LEAST[command]
    options = parse(command, *words)
    assert options == expected
    assert type(options).__dataclass_params__.frozen
    hash(options)  # so that everything in it is frozen too


@pytest.mark.parametrize('path', sorted(PACKAGE.rglob('*.py')), ids=str)
def test_parsed_words_do_not_leave_the_functions_that_read_them(path):
    functions = [node for node in ast.walk(ast.parse(path.read_text(encoding='utf-8')))
                 if isinstance(node, ast.FunctionDef) and node.name not in TAKE_PARSED_WORDS]
    assert not [function.name for function in functions for node in ast.walk(function)
                if 'Namespace' in (getattr(node, 'id', ''), getattr(node, 'attr', ''))]


def test_a_flag_chooses_the_kind_of_bench():
    assert join_flag(['bench', '--methods', 'orb', '--node']) == \
        ['bench --node', '--methods', 'orb']
    assert join_flag(['bench', '--methods', 'orb']) == ['bench', '--methods', 'orb']
    assert join_flag(['demo', '--node']) == ['demo', '--node']
    assert join_flag([]) == []


def test_the_executable_of_ros2_run_is_evaluate_bag(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['evaluate_bag', 'no_such_bag'])
    assert command_line.evaluate_bag() == 2
    assert 'evaluate-bag: no_such_bag: no such bag' in capsys.readouterr().err


def test_doctor_is_an_executable_of_ros2_run_too(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['doctor', '--seconds', '0'])
    assert command_line.doctor() == 2
    assert 'doctor: --seconds' in capsys.readouterr().err


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
     'text.png: cannot be read as HDF5'),
    (['extract', 'text.png', '--out', 'f.h5', '--method', 'residual_shift'],
     'did you mean residual_sift'),
    (['extract', 'text.png', '--out', 'f.h5', '--method', 'orb', '--root', 'empty'],
     'lies outside --root'),
    (['match', 'no_such.png', 'text.png'], 'no_such.png: No such file'),
    (['match', 'nothing.png', 'text.png'], 'nothing.png: not an image'),
    (['bench', '--methods', 'orb,sitf'], 'sitf'),
    (['bench', '--methods', 'orb', '--reference', 'sift'], '--reference sift is not among'),
    (['bench', '--methods', 'orb', '--backend', ','], 'backend must be a non-empty'),
    (['bench', '--methods', 'orb', '--max-keypoints', '0'], 'max_keypoints must be in [1, 50000]'),
    (['bench', '--methods', 'orb', '--set', 'max_siez=3'], 'did you mean max_size'),
    (['bench', '--methods', 'orb', '--set', 'max_size=big'], 'max_size must be int'),
    (['bench', '--methods', 'residual_sift', '--set', 'weights=empty'],
     'empty/residual_sift.json: no such file'),
    (['bench', '--methods', 'residual_sift', '--backend', 'onnx'], 'unknown backend'),
    (['bench', '--methods', 'orb', '--frames', '9'],
     '--frames 9 does not go with bench, see bench --help'),
    (['bench', '--methods', 'orb', '--sizes', '64x64'], '--sizes 64x64 does not go with bench'),
    (['bench', '--methods', 'orb', '--scaling', '--percentiles', '5'],
     '--percentiles 5 does not go with bench --scaling'),
    (['bench', '--node', '--methods', 'orb', '--repeat', '5'],
     '--repeat 5 does not go with bench --node'),
    (['bench', '--node', '--methods', 'orb', '--scaling'],
     '--scaling does not go with bench --node'),
    (['engine', '--backend', 'onnxruntime,tensorrt'], 'tensorrt and tensorrt_rtx have engines'),
    (['engine', '--method', 'orb'], 'orb has no network to build'),
    (['make-bag', 'tum', 'no_such', '--out', 'bag'], 'no_such: no such folder'),
    (['make-bag', 'tum', 'empty', '--out', 'bag', '--hz', '0'], '--hz must be larger than 0'),
    (['demo', '--rate', '0'], '--rate and --hz must be larger than 0'),
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


def test_names_that_are_not_utf8_are_printed(tmp_path, image):
    folder = tmp_path / os.fsdecode(b'caf\xe9')
    folder.mkdir()
    (folder / '1.png').write_bytes(cv2.imencode('.png', image)[1].tobytes())
    done = call('extract', folder, '--out', folder / 'f.h5', '--method', 'orb')
    assert done.returncode == 0 and r'caf\udce9/f.h5: 1 images by orb' in done.stdout
    done = call('evaluate-bag', folder / 'no_bag', '--methods', 'orb')
    assert done.returncode == 2 and r'no_bag: no such bag' in done.stderr
    assert 'Traceback' not in done.stderr
