# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The wheel that pip makes of the source archive, and what runs from it alone."""
import os
import re
import subprocess
import sys
import zipfile

import pytest
from support.paths import CONFIG, PACKAGE, ROOT

pytest.importorskip('setuptools', reason='setuptools is not installed')

NO_NETWORK = re.compile(r'NewConnectionError|NameResolution|Temporary failure|timed out|'
                        r'Network is unreachable|No matching distribution found for setuptools')
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith('PYTHON')}
DEFAULT = """
import numpy as np
import residual_features_ros
from residual_features_ros import create_extractor
image = np.random.default_rng(0).integers(0, 256, (24, 32), np.uint8).repeat(10, 0).repeat(10, 1)
extractor = create_extractor(max_keypoints=100)
found = extractor.extract(image)
print(residual_features_ros.__version__, len(found), extractor.backend_description)
"""


def pip(python, *words):
    """Run pip; skip the test where it fails for want of a network."""
    done = subprocess.run([python, '-m', 'pip', '--disable-pip-version-check', *map(str, words)],
                          env=CLEAN, capture_output=True, text=True)
    if done.returncode and NO_NETWORK.search(done.stderr):
        pytest.skip('pip has no network')
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    """Return the wheel made of the source archive."""
    if os.environ.get('AMENT_PREFIX_PATH'):
        pytest.skip('under ROS colcon installs the package, not pip')
    folder = tmp_path_factory.mktemp('archive')
    for words in (['egg_info', '--egg-base', folder], ['sdist', '--dist-dir', folder]):
        subprocess.run([sys.executable, 'setup.py', '-q', *map(str, words)], cwd=ROOT, check=True,
                       capture_output=True)
    archive, = folder.glob('*.tar.gz')
    pip(sys.executable, 'wheel', '--quiet', '--no-deps', '--wheel-dir', folder, archive)
    made, = folder.glob('*.whl')
    return made


def test_the_wheel_has_all_that_runs_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {path.relative_to(ROOT).as_posix() for path in PACKAGE.rglob('*')
               if path.is_file() and path.parent.name != '__pycache__'}
    assert shipped - names == set()
    share = {name.partition('/data/share/residual_features_ros/')[2] for name in names
             if '/data/share/' in name}
    assert {'package.xml', 'launch/extractor.launch.py',
            *(f'config/{path.name}' for path in CONFIG.iterdir())} <= share
    assert {name.split('/')[0].split('-')[0] for name in names} == {'residual_features_ros'}
    licences = [name for name in names if name.endswith('/LICENSE')]
    assert licences and not [name for name in names if name.startswith(('test/', 'training/'))]


def test_the_default_method_runs_from_the_wheel_in_an_empty_environment(wheel, tmp_path):
    made = subprocess.run([sys.executable, '-m', 'venv', tmp_path / 'env'], capture_output=True,
                          text=True)
    if made.returncode:
        pytest.skip(f'this Python makes no environment: {made.stdout or made.stderr}')
    python = tmp_path / 'env' / 'bin' / 'python'
    pip(python, 'install', '--quiet', f'{wheel}[standalone]')
    run = subprocess.run([python, '-c', DEFAULT], cwd=tmp_path, env=CLEAN, capture_output=True,
                         text=True)
    assert run.returncode == 0, run.stderr
    version, count, backend = run.stdout.split(maxsplit=2)
    assert wheel.name.split('-')[1] == version and int(count) > 50 and backend
