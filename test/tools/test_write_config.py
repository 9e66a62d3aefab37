# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys

import pytest
from support.paths import CONFIG, ROOT

from residual_features_ros.tools.write_config import main


def test_files_and_pages_are_what_the_command_writes(tmp_path):
    """In a process of its own: other tests register methods, which are choices of a setting."""
    files, pages = tmp_path / 'files', tmp_path / 'pages'
    for folder in (files, pages):
        folder.mkdir()
    run = subprocess.run([sys.executable, '-m', 'residual_features_ros.tools.write_config',
                          str(files), str(pages)], cwd=ROOT, capture_output=True, text=True,
                         check=True)
    written = [*files.iterdir(), *pages.iterdir()]
    assert sorted(run.stdout.split()) == sorted(map(str, written))
    assert sorted(path.name for path in files.iterdir()) == ['extractor.yaml', 'stereo.yaml']
    there = ROOT / 'docs' / 'parameters'
    assert {path.name for path in pages.iterdir()} == {path.name for path in there.iterdir()}
    for path in written:
        home = CONFIG if path.parent == files else there
        assert (home / path.name).read_text() == path.read_text(), 'run: make config'


@pytest.mark.parametrize(('folder', 'name'), [
    ('config', 'stereo.yaml'), ('mine', 'stereo.yaml'), ('docs/parameters', 'places.md'),
    ('mine', 'places.md')])
def test_a_file_of_the_users_is_not_replaced(folder, name, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ('config', 'docs/parameters', 'mine'):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / folder / name).write_text('mine')
    chosen = {'stereo.yaml': ['mine'], 'places.md': ['config', 'mine']}[name]
    with pytest.raises(SystemExit):
        main(chosen if folder == 'mine' else [])
    assert f'{name}: there already' in capsys.readouterr().err
    assert [(path.name, path.read_text()) for path in tmp_path.rglob('*.*')] == [(name, 'mine')]


def test_a_folder_that_is_not_there_is_named(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(tmp_path / 'absent')])
    assert f'{tmp_path / "absent"}: no such folder' in capsys.readouterr().err
