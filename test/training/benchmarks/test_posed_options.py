# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from training.__main__ import parse


def asked(benchmark, *words):
    """Return the options of a benchmark for words of the command line."""
    return parse(['evaluate', benchmark, '--root', 'DIR', *words])[1].options


def test_the_challenges_values_are_the_defaults():
    options = asked('stereo')
    assert (options.ratio, options.threshold_px, options.tune) == (0.94, 0.5, ())
    assert asked('localisation').every == 5


@pytest.mark.parametrize(('benchmark', 'words', 'expected'), [
    ('stereo', [], '--ratio 0.94 --threshold 0.5'),
    ('stereo', ['--ratio', '0.8,orb=0.9', '--methods', 'sift,orb', '--threshold', '2'],
     '--ratio 0.8,orb=0.9 --threshold 2'),
    ('stereo', ['--pairs', 'all'], '--ratio 0.94 --threshold 0.5 --pairs all'),
    ('stereo', ['--tune', 'a,b', '--pairs', 'all'], '--tune a,b --pairs all'),
    ('stereo', ['--tune', 'a,b'], '--tune a,b'), ('multiview', [], '--ratio 0.94'),
    ('multiview', ['--colmap-defaults'], '--ratio 0.94 --colmap-defaults'),
    ('reconstruction', ['--colmap-defaults', '--threads', '4'],
     '--ratio 0.94 --colmap-defaults --threads 4'),
    ('localisation', ['--partners', 'covisible', '--threads', '2'],
     '--ratio 0.94 --every 5 --partners covisible --threads 2'),
    ('reconstruction', ['--models', 'here', '--tune', 'others'], '--tune others'),
    ('localisation', ['--submission', 'here'], '--ratio 0.94 --every 5'),
    ('localisation', ['--pairs', 'here'], '--ratio 0.94 --pairs FILE'),
    ('localisation', ['--pairs', 'retrieval:30'], '--ratio 0.94 --every 5 --pairs retrieval:30'),
    ('reconstruction', ['--pairs', 'all'], '--ratio 0.94'),
    ('reconstruction', ['--pairs', 'retrieval:20', '--runs', '1'],
     '--ratio 0.94 --pairs retrieval:20 --runs 1')])
def test_a_command_has_the_words_that_decide_the_result(benchmark, words, expected):
    assert ' '.join(asked(benchmark, *words).words()) == expected


def test_a_method_has_the_ratio_of_all_or_its_own():
    options = asked('multiview', '--methods', 'sift,orb', '--ratio', '0.8,orb=0.9')
    assert (options.ratio_of('sift'), options.ratio_of('orb')) == (0.8, 0.9)


@pytest.mark.parametrize(('benchmark', 'words', 'sentence'), [
    ('stereo', ['--ratio', '2'], '--ratio 2: a number between 0 and 1'),
    ('stereo', ['--ratio', '0.9,half'], '--ratio half: a number between 0 and 1'),
    ('stereo', ['--ratio', '0.9,surf=0.8'], '--ratio surf=0.8: surf is not among --methods'),
    ('stereo', ['--threshold', '0'], '--threshold 0: more than 0 pixels'),
    ('stereo', ['--tune', 'a', '--threshold', '1'], '--threshold: --tune chooses it'),
    ('multiview', ['--tune', 'a', '--ratio', '0.9'], '--ratio: --tune chooses it'),
    ('reconstruction', ['--tune', 'a', '--ratio', '0.9'], '--ratio: --tune chooses it'),
    ('reconstruction', ['--pairs', 'some'], '--pairs some: all, or retrieval:K'),
    ('reconstruction', ['--pairs', 'retrieval:0'], '--pairs retrieval:0: retrieval:K, where K'),
    ('localisation', ['--pairs', 'retrieval:few'], '--pairs retrieval:few: retrieval:K, where K'),
    ('reconstruction', ['--runs', '0'], '--runs 0: at least 1'),
    ('multiview', ['--threads', '0'], '--threads 0: at least 1'),
    ('localisation', ['--every', '1'], '--every 1: at least 2')])
def test_values_that_cannot_be_had_are_sentences(benchmark, words, sentence):
    with pytest.raises(ValueError, match=sentence):
        asked(benchmark, *words)
