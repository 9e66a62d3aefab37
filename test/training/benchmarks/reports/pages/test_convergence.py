# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from training.benchmarks.reports.pages.convergence import times_as_fast
from training.benchmarks.reports.pages.measured import Measured


def study(factor, loss='hinge'):
    return Measured({'s': {'runs': {}, 'factor': {'superpoint': factor},
                           'protocol': {'settings': {'loss': {'kind': loss}}}}})


@pytest.mark.parametrize(('factor', 'word'), [(60.0, 'holds'), (17.0, 'partly'), (0.5, 'no'),
                                              ({'steps': {'factor': 55}}, 'holds'),
                                              ({'steps': {'factor': None}}, 'no')])
def test_the_verdict_is_of_the_factor(factor, word):
    assert times_as_fast(study(factor), 'superpoint', 50).verdict == word


def test_a_factor_of_another_loss_leaves_the_claim_open():
    found = times_as_fast(study(56.4, 'places'), 'superpoint', 50)
    assert found.verdict == 'open' and found.ours == '56.4 (loss places, not hinge)'


def test_without_a_study_it_is_open():
    assert times_as_fast(Measured({}), 'superpoint', 50).verdict == 'open'
    assert times_as_fast(study(1.0), 'no_fusion', 50).verdict == 'open'
