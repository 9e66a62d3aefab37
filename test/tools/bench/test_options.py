# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
from support.options import parse

from residual_features_ros.errors import CommandError, OutputError
from residual_features_ros.tools.bench.options import default_reference


def test_ratios_are_against_opencv_where_a_method_stands_on_sift():
    assert default_reference(['orb', 'rootsift']) == 'opencv_sift'
    assert default_reference(['orb', 'residual_sift_small']) == 'opencv_sift'
    assert default_reference(['orb', 'surf']) == 'orb'
    assert default_reference(['orb', 'rootsift+guided']) == 'opencv_sift'
    with pytest.raises(CommandError, match='names no method'):
        default_reference([])


def test_the_reference_is_one_of_the_methods():
    assert parse('bench', '--methods', 'orb,sift').compared.methods == \
        ('opencv_sift', 'orb', 'sift')
    chosen = parse('bench', '--methods', 'orb,sift', '--reference', 'orb').compared
    assert (chosen.methods, chosen.reference) == (('orb', 'sift'), 'orb')
    with pytest.raises(CommandError, match='--reference surf is not among --methods'):
        parse('bench', '--methods', 'orb', '--reference', 'surf')


def test_threads_are_a_setting_of_the_methods():
    compared = parse('bench --scaling', '--methods', 'orb', '--threads', '2').compared
    assert compared.threads == 2 and compared.method_options.settings == ('threads=2',)
    with pytest.raises(CommandError, match='the same setting'):
        parse('bench', '--methods', 'orb', '--threads', '1', '--set', 'threads=2')


@pytest.mark.parametrize('command', ['bench', 'bench --scaling', 'bench --node'])
def test_nothing_is_written_over(tmp_path, command):
    (tmp_path / 'a.json').touch()
    (tmp_path / 'b.png').touch()
    with pytest.raises(OutputError, match=r'a\.json: there already'):
        parse(command, '--methods', 'orb', '--out', str(tmp_path / 'a.json'))
    if command != 'bench':  # a plot lies beside
        with pytest.raises(OutputError, match=r'b\.png: there already'):
            parse(command, '--methods', 'orb', '--out', str(tmp_path / 'b.json'))
        with pytest.raises(CommandError, match=r'c\.png takes JSON'):
            parse(command, '--methods', 'orb', '--out', str(tmp_path / 'c.png'))
