# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Processes of their own, with numba, without it, and with no folder for its cache."""
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from support.paths import PACKAGE, ROOT

from residual_features_ros import compiling

# Prints keypoints and what was logged. The first argument is how an import of numba ends.
SCRIPT = """
import json, logging, sys

class Refusal:
    def find_spec(self, name, path=None, target=None):
        if name == 'numba':
            raise eval(sys.argv[1])

if sys.argv[1]:
    sys.meta_path.insert(0, Refusal())

class Kept(logging.Handler):
    def emit(self, record):
        said.append(record.getMessage())

said = []
logging.getLogger().addHandler(Kept(logging.WARNING))
from support.pictures import textured
from residual_features_ros import compiling, create_extractor
found = {}
for method in ('hessian_rootsift', 'akaze_rootsift', 'rootsift', 'orb'):
    extractor = create_extractor(method, 150)
    for seed in (0, 1):
        features = extractor.extract(textured(seed=seed))
    found[method] = {'places': features.keypoints.tolist(), 'angles': features.angles.tolist(),
                     'rows': features.descriptors.tolist()}
print(json.dumps({'found': found, 'said': said, 'is_compiled': compiling.has_compiler()}))
"""


def answer(refusal='', root=ROOT, **variables):
    environment = {key: value for key, value in os.environ.items() if key != 'NUMBA_CACHE_DIR'}
    done = subprocess.run(
        [sys.executable, '-c', SCRIPT, refusal], capture_output=True, text=True, cwd=root,
        env={**environment, 'PYTHONPATH': f'{root}{os.pathsep}{ROOT / "test"}', **variables})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope='module')
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp('cache')


@pytest.fixture(scope='module')
def usual(cache):
    """Return what a process says that finds an empty cache."""
    return answer(NUMBA_CACHE_DIR=str(cache))


def assert_same_keypoints(one, other):
    for method, expected in other['found'].items():
        found = one['found'][method]
        places, others = (np.array(side['places']) for side in (found, expected))
        assert len(places) == len(others) > 100
        apart = np.abs(places[:, None] - others[None]).max(2)
        assert (apart.min(1) < 0.01).mean() > 0.98
        # Of SIFT's places some have two orientations, in the same order here and there.
        nearest = np.arange(len(places)) if method == 'rootsift' else apart.argmin(1)
        rows, other_rows = (np.array(side['rows'], float) for side in (found, expected))
        if method == 'orb':  # which needs no loops
            assert found == expected
            continue
        cosine = (rows * other_rows[nearest]).sum(1) / (
            np.linalg.norm(rows, axis=1) * np.linalg.norm(other_rows[nearest], axis=1))
        assert np.mean(cosine) > 0.97 and np.median(cosine) > 0.9999


@pytest.mark.parametrize(('refusal', 'words'), [
    ("ImportError('No module named numba')", 'No module named numba'),
    ("ImportError('Numba needs NumPy 2.2 or less')", 'Numba needs NumPy 2.2 or less'),
    ("SystemError('initialization of _internal failed')", 'initialization of _internal failed'),
    ("AttributeError('_ARRAY_API not found')", '_ARRAY_API not found'),
])
def test_without_numba_the_same_keypoints_come_out_and_it_is_said_once(refusal, words, usual):
    plain = answer(refusal)
    assert not plain['is_compiled']
    assert_same_keypoints(plain, usual)
    told, = (line for line in plain['said'] if 'numba' in line)
    assert words in told and 'pip install numba' in told


@pytest.fixture
def read_only_copy(tmp_path):
    """Return a folder with the package where no file can be made beside its modules."""
    if compiling.numba is None:
        pytest.skip('numba is not installed')
    shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=shutil.ignore_patterns(
        '__pycache__', 'weights'))
    (tmp_path / PACKAGE.name / '__pycache__').write_text('a file')  # root may write anywhere
    return tmp_path


def test_where_no_cache_can_be_written_it_works_and_says_so_once(
        read_only_copy, tmp_path, usual):
    barrier = tmp_path / 'barrier'
    barrier.write_text('a file')
    blocked = str(barrier / 'below')
    elsewhere = answer(root=read_only_copy, HOME=blocked, XDG_CACHE_HOME=blocked,
                       NUMBA_CACHE_DIR=blocked)
    assert elsewhere['is_compiled']
    assert elsewhere['found'] == usual['found']
    told, = (line for line in elsewhere['said'] if 'numba' in line)
    assert 'NUMBA_CACHE_DIR' in told and 'no folder' in told


def test_what_was_compiled_is_kept_and_gives_the_same_bytes(cache, usual):
    if compiling.numba is None:
        pytest.skip('numba is not installed')
    assert not usual['said']
    kept = {path: path.stat().st_mtime_ns for path in cache.rglob('loops.*.nb?')}
    assert len(kept) > 10
    assert answer(NUMBA_CACHE_DIR=str(cache)) == usual
    assert {path: path.stat().st_mtime_ns for path in cache.rglob('loops.*.nb?')} == kept


def test_a_damaged_cache_is_compiled_anew_and_mended(cache, tmp_path, usual):
    if compiling.numba is None:
        pytest.skip('numba is not installed')
    shutil.copytree(cache, tmp_path / 'cache')
    whole = {path: path.read_bytes() for path in (tmp_path / 'cache').rglob('loops.*.nb?')}
    damages = (lambda data: b'', lambda data: b'nonsense', lambda data: data[:100])
    for number, path in enumerate(sorted(whole)):
        path.write_bytes(damages[number % 3](whole[path]))
    assert answer(NUMBA_CACHE_DIR=str(tmp_path / 'cache')) == usual
    assert all(len(path.read_bytes()) > 0.9 * len(data) for path, data in whole.items())


class Full:
    """A cache on a full disk."""

    cache_path = '/full'

    def load_overload(self, signature, context):
        return None

    def save_overload(self, signature, data):
        raise OSError(28, 'No space left on device')


def test_a_full_disk_is_told_once(caplog, monkeypatch):
    monkeypatch.setattr(compiling, 'UNKEPT', [])
    cache = compiling.LoopCache(Full())
    for _ in range(3):
        assert cache.load_overload('signature', None) is None
        cache.save_overload('signature', 'data')
    told, = (line for line in caplog.messages if 'NUMBA_CACHE_DIR' in line)
    assert 'No space left on device' in told
