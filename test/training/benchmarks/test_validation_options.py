# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.errors import ConfigError
from training.__main__ import parse
from training.benchmarks import validation_options, validation_pairs


def asked(*words):
    """Return the options of the validation for words of the command line."""
    return parse(['evaluate', 'validation', '--root', 'DIR', *words])[1].options


def test_all_kinds_are_the_default_and_some_stand_in_the_command():
    assert asked().kinds == validation_options.KINDS and asked().words() == ()
    some = asked('--kinds', 'video,stills')
    assert some.kinds == ('video', 'stills') and some.words() == ('--kinds', 'video,stills')


def test_an_unknown_kind_is_refused():
    with pytest.raises(ConfigError, match='videos'):
        asked('--kinds', 'stills,videos')


def test_the_kinds_are_those_of_the_pairs():
    assert tuple(validation_pairs.KINDS) == validation_options.KINDS
