# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys

import pytest
from support.paths import CONFIG, ROOT

from residual_features_ros.tools.write_config import main


def test_the_files_are_what_the_command_writes(tmp_path):
    """In a process of its own: other tests register methods, which are choices of a setting."""
    run = subprocess.run([sys.executable, '-m', 'residual_features_ros.tools.write_config',
                          str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True)
    written = sorted(tmp_path.iterdir())
    assert run.stdout.split() == [str(path) for path in written]
    assert [path.name for path in written] == ['extractor.yaml', 'stereo.yaml']
    for path in written:
        assert (CONFIG / path.name).read_text() == path.read_text(), 'run: make config'


def test_a_file_of_the_users_is_not_replaced(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in (tmp_path / 'config', tmp_path / 'mine'):
        folder.mkdir()
        (folder / 'stereo.yaml').write_text('mine')
        with pytest.raises(SystemExit):
            main([str(folder.relative_to(tmp_path))])
        assert 'stereo.yaml: there already' in capsys.readouterr().err
        assert [(path.name, path.read_text()) for path in folder.iterdir()] == [
            ('stereo.yaml', 'mine')]


def test_a_folder_that_is_not_there_is_named(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(tmp_path / 'absent')])
    assert f'{tmp_path / "absent"}: no such folder' in capsys.readouterr().err
