# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
from support.vocabularies import by_hand

from residual_features_ros.tools.command_line import main
from residual_features_ros.vocabulary.files import WRITERS, write_vocabulary
from residual_features_ros.vocabulary.text_format import read_text_vocabulary


@pytest.fixture
def shipped(tmp_path):
    write_vocabulary(by_hand(), tmp_path / 'orb.npz')
    return tmp_path


def test_a_vocabulary_is_written_in_all_formats(shipped, capsys):
    files = [shipped / f'out{end}' for end in WRITERS]
    assert main(['vocabulary', 'orb', *map(str, files), '--vocabulary', str(shipped)]) == 0
    assert all(path.stat().st_size for path in files)
    assert read_text_vocabulary(shipped / 'out.txt').words.tolist() == by_hand().words.tolist()
    assert 'out.fbow: 3 words' in capsys.readouterr().out


@pytest.mark.parametrize(('words', 'error'), [
    (['orbb', 'a.txt'], "unknown method 'orbb'"), (['orb', 'a.bin'], 'a.bin: the name of a voc'),
    (['orb', 'a.txt', '--vocabulary', 'nowhere.npz'], 'nowhere.npz: no such file'),
    (['orb', 'orb.npz'], 'orb.npz: there already')])
def test_what_cannot_be_had_is_told(words, error, shipped, capsys, monkeypatch):
    monkeypatch.chdir(shipped)
    assert main(['vocabulary', *words, *([] if '--vocabulary' in words
                                         else ['--vocabulary', str(shipped)])]) == 2
    assert error in capsys.readouterr().err
