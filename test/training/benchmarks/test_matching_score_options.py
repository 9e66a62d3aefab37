# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from training.__main__ import parse


def asked(*words):
    return parse(['evaluate', 'matching_score', '--root', 'DIR', *words])[1].options


def test_lf_nets_values_are_the_defaults():
    options = asked()
    assert (options.protocol.size, options.protocol.max_keypoints) == ((640, 640), 1024)
    assert options.pairs == 'some' and options.words() == ()


def test_all_pairs_are_said():
    assert asked('--pairs', 'all').words() == ('--pairs', 'all')
