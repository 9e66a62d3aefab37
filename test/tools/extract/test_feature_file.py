# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Runs that are really killed, at moments that are drawn."""
import json
import os
import random
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest
from support.paths import ROOT

from residual_features_ros.datasets.hloc_files import has_features
from residual_features_ros.errors import CommandError
from residual_features_ros.tools.extract.feature_file import open_feature_file
from residual_features_ros.types import Features

METADATA = {'method': 'made'}
COUNT = 400
WRITER = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}, {test!r}]
from tools.extract.test_feature_file import METADATA, COUNT, features
from residual_features_ros.tools.extract.feature_file import open_feature_file
with open_feature_file(Path(sys.argv[1]), METADATA) as file:
    print('open', len(file.names), flush=True)
    for i in range(COUNT):
        if f'a/{{i}}.png' not in file.names:
            file.add(f'a/{{i}}.png', features(i), False)
""".format(root=str(ROOT), test=str(ROOT / 'test'))


def features(number, count=50):
    keypoints = np.full((count, 2), number, np.float32)
    one = np.ones(count, np.float32)
    return Features(keypoints, one, one, one, one.astype(np.int32),
                    np.ones((count, 128), np.float32), (320, 240))


def numbers_in(out):
    """Return the images of a file, each of which must be whole."""
    with h5py.File(out, 'r') as file:
        found = sorted(int(name.split('.')[0]) for name in file.get('a', ()))
        for number in found:
            assert has_features(file, f'a/{number}.png')
            assert (file[f'a/{number}.png/keypoints'][()] == number).all()
    return found


def number_of(part):
    with h5py.File(part, 'r') as file:
        return int(file.attrs['name'].split('/')[1].split('.')[0])


def start(out):
    child = subprocess.Popen([sys.executable, '-c', WRITER, str(out)], stdout=subprocess.PIPE)
    assert child.stdout.readline().startswith(b'open')
    return child


@pytest.mark.parametrize('how', [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_killed_leaves_a_whole_file_that_the_next_one_goes_on_with(tmp_path, how):
    out, before = tmp_path / 'f.h5', set()
    moments = random.Random(int(how))
    for _ in range(4):
        child = start(out)
        time.sleep(moments.uniform(0, 0.3))
        child.send_signal(how)
        child.communicate()
        found = numbers_in(out) if out.exists() else []
        parts = [number_of(path) for path in (tmp_path / 'f.h5.parts').glob('*.h5')]
        assert len(found) >= len(parts) - 1 and before <= {*found, *parts}
        before = {*found, *parts}  # a kill amid a merge leaves parts that the file has, too
    assert before
    with open_feature_file(out, METADATA) as file:
        assert file.taken_over == len(parts)
        assert file.names == {f'a/{number}.png' for number in before}
    assert start(out).wait() == 0
    assert numbers_in(out) == list(range(COUNT))
    assert [path.name for path in tmp_path.iterdir()] == ['f.h5']


def test_an_error_in_the_block_loses_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), open_feature_file(tmp_path / 'f.h5', METADATA) as file:
        for number in range(5):
            file.add(f'a/{number}.png', features(number), False)
        raise KeyboardInterrupt
    assert numbers_in(tmp_path / 'f.h5') == list(range(5))
    assert [path.name for path in tmp_path.iterdir()] == ['f.h5']


def test_overwriting_begins_anew_and_keeps_the_old_file_until_then(tmp_path):
    out = tmp_path / 'f.h5'
    for number in (1, 2):
        with open_feature_file(out, METADATA) as file:
            file.add(f'a/{number}.png', features(number), False)
    assert numbers_in(out) == [1, 2]
    with open_feature_file(out, {'method': 'other'}, overwrite=True) as file:
        assert not file.names and numbers_in(out) == [1, 2]
    assert numbers_in(out) == [1, 2]
    with open_feature_file(out, {'method': 'other'}, overwrite=True) as file:
        file.add('a/3.png', features(3), False)
    assert numbers_in(out) == [3]


def test_other_settings_are_mixed_into_neither_file_nor_parts(tmp_path):
    out = tmp_path / 'f.h5'
    with open_feature_file(out, METADATA) as file:
        file.add('a/1.png', features(1), False)
    with pytest.raises(CommandError, match='made with method made, now asked for other'), \
            open_feature_file(out, {'method': 'other'}):
        pass
    child = start(tmp_path / 'g.h5')
    time.sleep(0.2)
    child.kill()
    child.communicate()
    if list((tmp_path / 'g.h5.parts').glob('*.h5')):
        (tmp_path / 'g.h5').unlink(missing_ok=True)
        with pytest.raises(CommandError, match=r'g\.h5\.parts: was made with method made'), \
                open_feature_file(tmp_path / 'g.h5', {'method': 'other'}):
            pass


def test_parts_of_settings_that_are_lost_are_not_mixed_in(tmp_path):
    parts = tmp_path / 'f.h5.parts'
    parts.mkdir()
    for rest in ('', '{"method"', '[1]'):
        (parts / 'settings.json').write_text(rest)
        (parts / 'a.h5').write_bytes(b'')
        with pytest.raises(CommandError, match='made with method unknown'), \
                open_feature_file(tmp_path / 'f.h5', METADATA):
            pass
    with open_feature_file(tmp_path / 'f.h5', METADATA, overwrite=True) as file:
        file.add('a/1.png', features(1), False)
    assert numbers_in(tmp_path / 'f.h5') == [1] and not parts.exists()


def test_a_part_that_is_cut_off_is_extracted_again(tmp_path, caplog):
    parts = tmp_path / 'f.h5.parts'
    parts.mkdir()
    (parts / 'settings.json').write_text(json.dumps(METADATA))
    (parts / 'a.h5').write_bytes(b'half of it')
    with open_feature_file(tmp_path / 'f.h5', METADATA) as file:
        assert not file.names
    assert 'a.h5: left out, it cannot be read' in caplog.text and not parts.exists()


def test_two_runs_do_not_write_one_file(tmp_path):
    with open_feature_file(tmp_path / 'f.h5', METADATA) as file:
        with pytest.raises(CommandError, match='another run of extract is adding to it'), \
                open_feature_file(tmp_path / 'f.h5', METADATA):
            pass
        file.add('a/1.png', features(1), False)
    assert numbers_in(tmp_path / 'f.h5') == [1]


@pytest.mark.parametrize('share', [0, 0.01, 0.5, 0.99])
def test_a_file_that_is_cut_off_is_explained_and_can_be_overwritten(tmp_path, share):
    out = tmp_path / 'f.h5'
    with open_feature_file(out, METADATA) as file:
        file.add('a/1.png', features(1), False)
    whole = out.read_bytes()
    out.write_bytes(whole[:int(share * len(whole))])
    with pytest.raises(CommandError, match=r'f\.h5: cannot be read as HDF5.*--overwrite'), \
            open_feature_file(out, METADATA):
        pass
    with open_feature_file(out, METADATA, overwrite=True) as file:
        file.add('a/2.png', features(2), False)
    assert numbers_in(out) == [2]


def test_what_is_no_file_of_features_is_not_replaced(tmp_path):
    (tmp_path / 'photo.png').write_bytes(b'a photograph')
    for path in (tmp_path, tmp_path / 'photo.png'):
        with pytest.raises(CommandError, match='is no HDF5 file, and is not replaced'), \
                open_feature_file(path, METADATA, overwrite=True):
            pass
    assert (tmp_path / 'photo.png').read_bytes() == b'a photograph'
    assert os.listdir(tmp_path) == ['photo.png']


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / 'disk').mkdir()
    (tmp_path / 'f.h5').symlink_to(tmp_path / 'disk' / 'f.h5')
    with open_feature_file(tmp_path / 'f.h5', METADATA) as file:
        file.add('a/1.png', features(1), False)
    assert (tmp_path / 'f.h5').is_symlink() and numbers_in(tmp_path / 'disk' / 'f.h5') == [1]
