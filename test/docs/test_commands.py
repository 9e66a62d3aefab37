# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the pages say to type exists: commands, options, launch files, parameters, packages.

In a form that is short, or with made data, they are run by the tests that RUN_BY names.
"""
import pytest
from support.page_commands import UnknownError, check, commands_in
from support.paths import ROOT

PAGES = [ROOT / 'README.md', ROOT / 'CONTRIBUTING.md', ROOT / 'training' / 'README.md',
         *sorted((ROOT / 'docs').rglob('*.md'))]
COMMANDS = sorted({(path.relative_to(ROOT).as_posix(), words) for path in PAGES
                   for words in commands_in(path.read_text(encoding='utf-8'))})
TOOLS, TRAINING, BENCHMARKS = 'test/tools', 'test/training', 'test/training/benchmarks'
RUN_BY = {
    'make demo': f'{TOOLS}/demo/test_run.py',
    'python docs/decode.py': 'test/docs/test_decode.py',
    'ros2 launch': 'test/ros/test_launching.py',
    'ros2 param': 'test/ros/test_parameters.py',
    'ros2 run republisher': 'test/examples/test_republisher.py',
    'ros2 run odometry_backend': 'test/examples/test_odometry_backend.py',
    'ros2 run slam_backend': 'test/examples/test_slam_backend.py',
    'residual_features_ros bench': f'{TOOLS}/bench/comparison/test_run.py',
    'residual_features_ros bench --scaling': f'{TOOLS}/bench/scaling/test_run.py',
    'residual_features_ros bench --node': f'{TOOLS}/bench/node/test_run.py',
    'residual_features_ros demo': f'{TOOLS}/demo/test_run.py',
    'residual_features_ros doctor': f'{TOOLS}/doctor/test_run.py',
    'residual_features_ros engine': 'test/backends/test_tensorrt.py',
    'residual_features_ros evaluate-bag': f'{TOOLS}/evaluate_bag/test_run.py',
    'residual_features_ros evaluate-slam': f'{TOOLS}/evaluate_slam/test_run.py',
    'residual_features_ros extract': f'{TOOLS}/extract/test_run.py',
    'residual_features_ros info': f'{TOOLS}/info/test_run.py',
    'residual_features_ros make-bag': f'{TOOLS}/make_bag/test_run.py',
    'residual_features_ros match': f'{TOOLS}/match/test_run.py',
    'residual_features_ros vocabulary': f'{TOOLS}/vocabulary/test_run.py',
    'training ablation': f'{BENCHMARKS}/test_ablation.py',
    'training calibrate': f'{TRAINING}/calibration/test_run.py',
    'training cost': f'{TRAINING}/test_cost.py',
    'training curves': f'{TRAINING}/test_curves.py',
    'training engine': f'{TRAINING}/test_engines.py',
    'training evaluate': f'{BENCHMARKS}/test_hpatches.py',
    'training export': f'{TRAINING}/test_export.py',
    'training export --whole': f'{TRAINING}/whole/test_export.py',
    'training export-colmap': f'{BENCHMARKS}/test_export_colmap.py',
    'training free-photographs': f'{TRAINING}/free_photographs/test_stills.py',
    'training front-end-speed': f'{TRAINING}/test_front_end_speed.py',
    'training import': f'{TRAINING}/authors/test_importing.py',
    'training learn': f'{TRAINING}/learn/test_run.py',
    'training pack': f'{TRAINING}/data/sources/test_packed.py',
    'training reproduction': f'{BENCHMARKS}/reports/test_reproduction.py',
    'training speed-quality': f'{BENCHMARKS}/reports/test_speed_quality.py',
    'training study': f'{TRAINING}/test_study.py',
    'training train': f'{TRAINING}/test_train.py',
    'training training-speed': f'{TRAINING}/test_training_speed.py',
    'training validate': f'{TRAINING}/test_validate.py',
    'training vocabulary': f'{TRAINING}/vocabulary/test_run.py',
}


def kind(words):
    """Return the key of RUN_BY of a command, '' for what is run by hand or is not ours."""
    if words[0] == 'make':
        return f'make {words[1]}' if words[1] == 'demo' else ''
    if words[:2] in (('ros2', 'launch'), ('ros2', 'param')):
        return ' '.join(words[:2])
    if words[:3] == ('ros2', 'run', 'residual_features_ros'):
        return f'ros2 run {words[3]}'
    if words[0].startswith('python') and words[1].endswith('decode.py'):
        return 'python docs/decode.py'
    behind = words[words.index('-m') + 1:] if '-m' in words else ()
    if behind and behind[0] in ('residual_features_ros', 'training'):
        module, command, *rest = behind
        flag = next((word for word in rest if f'{module} {command} {word}' in RUN_BY), '')
        return f'{module} {command} {flag}'.strip()
    return ''


@pytest.mark.parametrize(('page', 'words'), COMMANDS, ids=lambda value: value if isinstance(
    value, str) else ' '.join(value)[:60])
def test_a_command_can_be_typed(page, words):
    if 'training' in words:
        pytest.importorskip('torch', reason='torch is not installed')
    check(words)


def test_each_kind_of_command_is_run_by_a_test():
    kinds = {kind(words) for _, words in COMMANDS} - {''}
    assert kinds == set(RUN_BY)
    assert [path for path in RUN_BY.values() if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize('line', [
    'make cake', 'make demo BAGS=a', 'brew install it', 'python3 docs/none.py', 'python -m other',
    'python -m residual_features_ros bake', 'python -m residual_features_ros info --loud',
    'python -m residual_features_ros bench --methods none', 'python -m training bake',
    'python -m training train orb', 'python -m training reproduction --loud x',
    'pip install -r none.txt', 'pip install .[none]', 'pip install leftpad', 'pip download numpy',
    'ros2 launch residual_features_ros none.launch.py', 'ros2 launch other extractor.launch.py',
    'ros2 launch residual_features_ros extractor.launch.py metod:=orb',
    'ros2 launch residual_features_ros extractor.launch.py --loud',
    'ros2 run residual_features_ros none', 'ros2 run other node', 'ros2 topic echo /none',
    'ros2 run residual_features_ros republisher --ros-args -p from:=rtabmap',
    'ros2 param set /extractor none 1', 'ros2 param set /none mask 1', 'ros2 bake',
    'ros2 pkg prefix other'])
def test_what_does_not_exist_is_told(line):
    if 'training' in line:
        pytest.importorskip('torch', reason='torch is not installed')
    words, = commands_in(f'```bash\n{line}\n```\n')
    with pytest.raises(UnknownError):
        check(words)


def test_commands_are_found_in_a_page():
    text = ('```bash\nA=1 make docs && git pull | cat  # and more\npip install \\\n  numpy\n```\n'
            '```\nmake nothing\n```\n| `python -m it` | it |\n')
    assert commands_in(text) == [('A=1', 'make', 'docs'), ('git', 'pull'), ('cat',),
                                 ('pip', 'install', 'numpy'), ('python', '-m', 'it')]
    check(('A=1', 'make', 'docs'))
