# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
from support.options import parse

from residual_features_ros.errors import CommandError, ConfigError, OutputError


@pytest.mark.parametrize('words', [['--rate', '0'], ['--hz', '-1']])
def test_rates_are_larger_than_0(words):
    with pytest.raises(CommandError, match='--rate and --hz must be larger than 0'):
        parse('demo', *words)


def test_the_bag_that_is_played_is_not_written_over():
    with pytest.raises(CommandError, match='out/bag would be overwritten'):
        parse('demo', '--bag', 'out/bag', '--out', './out')


def test_a_wrong_setting_is_refused_before_anything_starts():
    with pytest.raises(ConfigError, match='did you mean ratio'):
        parse('demo', '--set', 'ratoi=0.9')


@pytest.mark.parametrize('name', ['bag', 'recording', 'keypoints.png', 'tracks.png', 'node.log'])
def test_what_is_there_is_not_written_over(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(OutputError, match=f'{name}: there already.*OUT='):
        parse('demo', '--out', str(tmp_path))


def test_without_a_name_a_new_folder_is_taken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert parse('demo').out.name == 'demo_out'
    (tmp_path / 'demo_out').mkdir()
    assert parse('demo').out.name == 'demo_out_2'


def test_an_animation_is_refused_before_anything_is_played(tmp_path, monkeypatch):
    with pytest.raises(CommandError, match=r'a name that ends in \.webp or \.gif'):
        parse('demo', '--animation', str(tmp_path / 'tracks.mp4'))
    (tmp_path / 'there.gif').touch()
    with pytest.raises(OutputError, match=r'there\.gif: there already'):
        parse('demo', '--animation', str(tmp_path / 'there.gif'))
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(CommandError, match='pip install pillow'):
        parse('demo', '--animation', str(tmp_path / 'tracks.gif'))
