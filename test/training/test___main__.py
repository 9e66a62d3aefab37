# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import ast
import dataclasses
import subprocess
import sys

import pytest
from support.paths import ROOT

from training.__main__ import COMMANDS, main, parse
from training.commands.evaluate import BENCHMARKS

SOURCES = sorted((ROOT / 'training').rglob('*.py'))
KNOW_ARGPARSE = {'add_arguments', 'from_arguments', 'main'}
WORDS = {
    'train': ['orb'], 'study': ['--out', 'a'], 'ablation': ['a', '--out', 'b'],
    'cost': ['orb'], 'curves': ['a'], 'pack': ['a', '--out', 'b'],
    'calibrate': ['orb', '--images', 'a'], 'export': ['a.pt'],
    'free-photographs': ['a', '--out', 'b'],
    'front-end-speed': ['orb'],
    'import': ['goodpoint', 'a.pt', '--out', 'b'],
    'export-colmap': ['--root', 'a'], 'export-int8': ['orb', '--out', 'a'],
    'engine': ['orb'],
    'vocabulary': ['--images', 'a', '--method', 'orb', '--out', 'b.npz'], 'reproduction': [],
    'validate': ['last.pt', 'data.images=DIR'],
    'learn': ['--images', 'a'], 'speed-quality': [],
    'training-speed': ['residual_sift:paper', '--out', 'b.json'],
    **{f'evaluate {name}': ['--root', 'a'] for name in BENCHMARKS}}


def mentions(tree, inside=''):
    """Yield the function, '' for none, of each mention of a Namespace."""
    for node in ast.iter_child_nodes(tree):
        named = isinstance(node, ast.FunctionDef) and node.name
        if 'Namespace' in (getattr(node, 'attr', ''), getattr(node, 'id', '')):
            yield inside
        yield from mentions(node, named or inside)


@pytest.mark.parametrize('path', SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_namespace_ends_where_the_command_line_does(path):
    assert set(mentions(ast.parse(path.read_text()))) <= KNOW_ARGPARSE


def test_a_namespace_elsewhere_is_told():
    tree = ast.parse('def draw(args: argparse.Namespace):\n    pass\n')
    assert set(mentions(tree)) == {'draw'}


@pytest.mark.parametrize('command', WORDS)
def test_every_command_has_one_frozen_dataclass(command):
    name, options = parse([*command.split(), *WORDS[command]])
    assert name in COMMANDS
    if name == 'evaluate':
        assert type(options.options) is BENCHMARKS[options.benchmark]
        options = options.options
    with pytest.raises(dataclasses.FrozenInstanceError):
        options.out = None
    assert {word.split()[0] for word in WORDS} == set(COMMANDS)


def test_help_does_not_wait_for_heavy_imports():
    code = ('import sys\nfrom training.__main__ import parse\n'
            'try:\n    parse(["evaluate", "stereo", "--help"])\n'
            'except SystemExit:\n    heavy = {"torch", "cv2", "numpy", "tqdm", "onnxruntime"}\n'
            '    sys.exit(str(heavy & set(sys.modules) or ""))')
    run = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True,
                         check=False)
    assert '--threshold' in run.stdout and run.stderr.strip() == ''


def test_settings_may_stand_before_and_behind_options(capsys):
    _, options = parse(['train', 'residual_sift', 'seed=1', '--recipe', 'paper', 'optim.steps=2'])
    assert (options.recipe, options.settings) == ('paper', ('seed=1', 'optim.steps=2'))
    _, options = parse(['study', 'threads=1', '--out', 'DIR', 'optim.steps=2'])
    assert options.settings == ('threads=1', 'optim.steps=2')
    for words in (['train', 'residual_sift', '--recipe', 'paper', 'steps'],
                  ['train', 'residual_sift', '--colour=1'], ['export', 'last.pt', 'a=1'],
                  ['evaluate', 'hpatches', '--root', 'DIR', 'a=1']):
        with pytest.raises(SystemExit):
            parse(words)
        assert 'unrecognized arguments' in capsys.readouterr().err


@pytest.mark.parametrize('arguments', [
    ['evaluate', 'hpatches', '--root', 'nowhere'],
    ['evaluate', 'hpatches', '--root', 'nowhere', '--set', 'ratio=0.8'],
    ['evaluate', 'stereo', '--root', 'nowhere', '--ratio', '2'],
    ['train', 'residual_rootsift_small'],
    ['train', 'residual_rootsift', 'data.images=nowhere'],
    ['train', 'orb', 'data.images=.'],
    ['export', 'nowhere.pt'],
])
def test_an_error_is_one_sentence_and_status_2(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith('error: ') and error.count('\n') == 1


def test_results_are_not_written_over(tmp_path, capsys):
    (tmp_path / 'a.md').write_text('mine')
    assert main(['evaluate', 'hpatches', '--root', 'nowhere', '--out',
                 str(tmp_path / 'a.json')]) == 2
    assert 'a.md: there already, and nothing is replaced' in capsys.readouterr().err


def test_an_error_of_the_system_is_one_sentence_too(small_run, tmp_path, capsys):
    (tmp_path / 'file').write_text('')
    assert main(['train', 'residual_rootsift_small', *small_run, '--out',
                 str(tmp_path / 'file' / 'run')]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith('error: [Errno ') and str(tmp_path / 'file') in error
