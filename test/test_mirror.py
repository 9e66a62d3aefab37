# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The folders of the tests mirror those of the modules, one file of tests for a module."""
import pytest
from support.paths import ROOT

# Tests of the repository as a whole, or of what is no module.
NO_MODULE = {'test_determinism.py', 'test_layers.py', 'test_mirror.py', 'test_packaging.py',
             'test_copyright.py', 'test_flake8.py', 'test_pep257.py', 'test_versions.py',
             'test_workflows.py', 'test_opencv_alone.py',
             'docs/test_back_ends.py', 'docs/test_colmap.py', 'docs/test_commits.py',
             'docs/test_decode.py',
             'test_wheel.py', 'docs/test_figures.py', 'docs/test_layouts.py',
             'docs/test_learning.py',
             'docs/test_links.py',
             'docs/test_onnx_back_ends.py', 'docs/test_orb_slam_frame.py',
             'docs/test_page_length.py', 'docs/test_paper_runs.py',
             'docs/test_commands.py', 'docs/test_readme.py', 'docs/test_site.py',
             'docs/test_troubleshooting.py',
             'docs/test_symmetric_int8.py', 'docs/test_tensorrt.py',
             'docs/test_weights_licences.py', 'docs/test_whole_network.py',
             'docs/test_without_poses.py',
             'support/test_colcon_test.py', 'support/test_fake_tensorrt.py',
             'support/test_fuzz.py', 'support/test_heard_logs.py', 'support/test_loaders.py',
             'support/test_mutants.py', 'support/test_versions.py',
             'training/whole/test_front_end.py'}
TESTS = sorted(path.relative_to(ROOT / 'test').as_posix()
               for path in (ROOT / 'test').rglob('test_*.py'))


def module_of(test):
    """Return the file that a file of tests, both relative to their roots, is about.

    a/test_b.py is about a/b.py, and b/test_b.py about b/__init__.py.
    """
    *folders, name = test.split('/')
    name = name.removeprefix('test_')
    home = ROOT if folders[:1] == ['training'] else ROOT / 'residual_features_ros'
    folder = home.joinpath(*folders)
    is_package = folders and name == f'{folders[-1]}.py' and not (folder / name).exists()
    return folder / ('__init__.py' if is_package else name)


@pytest.mark.parametrize('test', TESTS)
def test_every_file_of_tests_has_its_module(test):
    assert test in NO_MODULE or module_of(test).is_file()


def test_what_has_no_module_is_there():
    assert set(TESTS) >= NO_MODULE
    assert not [test for test in NO_MODULE if module_of(test).is_file()]


@pytest.mark.parametrize(('test', 'module'), [
    ('test_config.py', 'residual_features_ros/config.py'),
    ('training/test_config.py', 'training/config.py'),
    ('tools/bags/test_rosbag.py', 'residual_features_ros/tools/bags/rosbag.py'),
    ('backends/test_backends.py', 'residual_features_ros/backends/__init__.py')])
def test_the_rule(test, module):
    assert module_of(test) == ROOT / module
