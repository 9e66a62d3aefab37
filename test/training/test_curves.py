# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import cv2
import pytest
from support.saved_runs import save_run

from training import methods
from training.__main__ import main
from training.curves import count_on, labels

HISTORY = [
    {'stage': 'first', 'step': 0, 'seconds': 0.0, 'loss': 0.9},
    {'stage': 'first', 'step': 30, 'seconds': 5.0, 'loss': 0.4},
    {'stage': 'second', 'step': 0, 'seconds': 5.0, 'ms': 0.1, 'recall': 0.2},
    {'stage': 'second', 'step': 20, 'seconds': 9.0, 'ms': 0.3, 'recall': 0.52},
]


def write_run(folder, history, method='superpoint'):
    """Write a run's folder with a checkpoint of no weights."""
    folder.mkdir(parents=True)
    save_run(folder / 'last.pt', methods.create(method), None, 20, {}, history)
    return str(folder)


def test_runs_are_drawn_and_written(tmp_path, capsys):
    out = tmp_path / 'new' / 'curves.png'
    one = write_run(tmp_path / 'one' / 'run', HISTORY)
    two = write_run(tmp_path / 'two' / 'run', [{'step': 0, 'ms': 0.2}, {'step': 40, 'ms': 0.6}],
                    'lfnet')
    assert main(['curves', one, two, '--out', str(out)]) == 0
    assert 'one, two' in capsys.readouterr().out
    picture = cv2.imread(str(out))
    assert picture.shape[1] > 1500  # three panels: ms, which both have, loss and recall
    assert out.with_suffix('.md').read_text().splitlines() == [
        '| run | stage | step | ms | loss | recall |', '| --- | --- | --- | --- | --- | --- |',
        '| one | first | 0 | - | 0.9 | - |', '| one | first | 30 | - | 0.4 | - |',
        '| one | second | 30 | 0.1 | - | 0.2 |', '| one | second | 50 | 0.3 | - | 0.52 |',
        '| two | - | 0 | 0.2 | - | - |', '| two | - | 40 | 0.6 | - | - |']


def test_steps_count_on_over_stages():
    lines = count_on([*HISTORY, {'stage': 'third', 'step': 5}])
    assert [(stage, step) for stage, step, _ in lines] == [
        ('first', 0), ('first', 30), ('second', 30), ('second', 50), ('third', 55)]


@pytest.mark.parametrize(('paths', 'expected'), [
    (['x/a/run', 'x/b/run'], ['a', 'b']), (['x/a', 'y/b'], ['x/a', 'y/b']),
    (['x/a'], ['a']), (['x/a', 'x/a/b'], ['a', 'b']), (['x/a', 'x/a'], ['a', 'a'])])
def test_runs_are_told_apart(paths, expected):
    assert labels([Path(path) for path in paths]) == expected


def test_what_is_no_run_is_an_error(tmp_path, capsys):
    assert main(['curves', str(tmp_path), '--out', str(tmp_path / 'a.png')]) == 2
    assert 'no such checkpoint' in capsys.readouterr().err
    empty = write_run(tmp_path / 'empty', [])
    assert main(['curves', empty, '--out', str(tmp_path / 'a.png')]) == 2
    assert 'no validations yet' in capsys.readouterr().err
    run = write_run(tmp_path / 'run', HISTORY)
    assert main(['curves', run, '--out', str(tmp_path / 'a.xyz')]) == 2
    assert not list(tmp_path.glob('a.*'))


def test_neither_picture_nor_table_is_replaced(tmp_path, capsys):
    run = write_run(tmp_path / 'run', HISTORY)
    (tmp_path / 'a.md').write_text('mine')
    assert main(['curves', run, '--out', str(tmp_path / 'a.png')]) == 2
    assert 'a.md: there already, and nothing is replaced' in capsys.readouterr().err
    assert [path.name for path in tmp_path.glob('a.*')] == ['a.md']
