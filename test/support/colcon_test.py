# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What "colcon test" on a robot needs: no tests of training there, and no success without tests.

colcon test takes pytest's "no tests collected", and a run that skips everything, for a success.
"""
import importlib.util
import os
from pathlib import Path

import pytest
from _pytest.reports import TestReport

from support.paths import ROOT

TRAINING = ROOT / 'test' / 'training'
# What a robot may lack of requirements-test.txt: no exec_depend of package.xml.
OPTIONAL = ('h5py', 'tqdm', 'mahotas', 'sklearn', 'threadpoolctl', 'evo', 'onnx', 'matplotlib')
NEEDED = ('torch', 'onnx', 'pycolmap', 'tensorboard', 'matplotlib')


def missing_for_training():
    """Return the packages of requirements-training.txt that are not there."""
    return [name for name in NEEDED if not importlib.util.find_spec(name)]


def is_left_out(path, config):
    """Return True for the tests of training, where what they need is missing, and None else."""
    # Who names that folder gets its errors.
    left_out = path == TRAINING and not config.option.file_or_dir
    return True if left_out and missing_for_training() else None


def pytest_terminal_summary(terminalreporter, config):
    if missing_for_training() and not config.option.file_or_dir:
        terminalreporter.write_line(f'test/training was left out: {", ".join(NEEDED)} are needed, '
                                    f'{", ".join(missing_for_training())} not installed')


class SkippingModule(pytest.Module):
    """Skips itself where an optional package is missing, an error that ends all collection."""

    def collect(self):
        try:
            return super().collect()
        except self.CollectError as error:
            missing = error.__cause__
            if not isinstance(missing, ModuleNotFoundError) or missing.name not in OPTIONAL:
                raise
            pytest.skip(f'{missing.name} is not installed', allow_module_level=True)


if hasattr(pytest, 'version_tuple'):
    def pytest_ignore_collect(collection_path, config):
        return is_left_out(collection_path, config)

    def pytest_pycollect_makemodule(module_path, parent):
        return SkippingModule.from_parent(parent, path=module_path)
else:  # 6.2, as Humble has it: paths of another kind
    def pytest_ignore_collect(path, config):
        return is_left_out(Path(path), config)

    def pytest_pycollect_makemodule(path, parent):
        return SkippingModule.from_parent(parent, fspath=path)


def pytest_make_parametrize_id(val, argname):
    # colcon waits for ever where a line of 64 KiB is printed, as -v and failures print names.
    is_long = isinstance(val, (bytes, str)) and len(val) > 200
    return f'{argname} of {len(val)}' if is_long else None


class Count:
    """Counts the tests that ran to their end, passed or failed."""

    def __init__(self):
        self.ran = 0

    def pytest_runtest_logreport(self, report):
        self.ran += report.when == 'call' and not report.skipped


def pytest_configure(config):
    config.pluginmanager.register(Count(), 'count_of_tests')
    # colcon test hands its options over in it; runs of pytest that tests start must not take them.
    os.environ.pop('PYTEST_ADDOPTS', None)


def may_be_idle(config, exitstatus):
    """Return whether a run need not run tests: it failed, or files that skip were asked for."""
    option = config.option
    if option.file_or_dir or option.collectonly:
        return True
    if exitstatus == pytest.ExitCode.OK:  # all that -k or -m chose was skipped
        return bool(option.keyword or option.markexpr)
    return exitstatus != pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.hookimpl(tryfirst=True)  # before the report for colcon test-result is written
def pytest_sessionfinish(session, exitstatus):
    config = session.config
    if config.pluginmanager.get_plugin('count_of_tests').ran or may_be_idle(config, exitstatus):
        return
    config.hook.pytest_runtest_logreport(report=TestReport(
        'test', ('test', 0, 'the whole suite'), {}, 'failed',
        'no test was run: see above why they were skipped or not collected', 'call'))
    # Neither 1 nor 5, with which colcon test ends as if all were well.
    session.exitstatus = pytest.ExitCode.USAGE_ERROR
