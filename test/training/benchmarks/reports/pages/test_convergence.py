# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from training.benchmarks.reports.pages.convergence import no_longer_rises, times_as_fast
from training.benchmarks.reports.pages.measured import Measured


def study(factor, loss='hinge'):
    """Return a study of one seed."""
    return Measured({'s': {'runs': {}, 'factor': {'superpoint': factor},
                           'protocol': {'settings': {'loss': {'kind': loss}}}}})


def seeds(rise=0.001, score=(0.1, 0.5), **factor):
    """Return a study of several seeds."""
    rival = {'last_rise': rise, 'score': list(score)}
    of_all = {'least': None, 'most': None, 'low': None, 'high': None, **factor}
    return Measured({'s': {
        'runs': {'superpoint': {'0': rival}},
        'comparisons': {'superpoint': {'own': {'steps': {'factor': of_all}}}},
        'protocol': {'settings': {'loss': {'kind': 'hinge'}}}}})


@pytest.mark.parametrize(('factor', 'shown'), [
    (60.0, '60 (interpolated between validations)'), ({'steps': {'factor': None}}, 'not reached'),
    ({'steps': {'factor': 55}}, '55 (interpolated between validations)')])
def test_what_is_interpolated_leaves_the_claim_open(factor, shown):
    found = times_as_fast(study(factor), 'superpoint', 50)
    assert (found.ours, found.verdict) == (shown, 'open')


@pytest.mark.parametrize(('rival', 'why'), [
    ({'rise': 0.02}, 'the rival still rises'), ({'rise': None}, 'the rival still rises'),
    ({'score': (0.01, 0.012)}, 'the rival has not begun to learn')])
def test_a_rival_that_is_not_done_leaves_the_claim_open(rival, why):
    found = times_as_fast(seeds(least=60.0, most=70.0, **rival), 'superpoint', 50)
    assert (found.ours, found.verdict) == (f'60 to 70 ({why})', 'open')


@pytest.mark.parametrize(('factor', 'shown', 'word'), [
    ({'least': 51.0, 'most': 60.0}, '51 to 60', 'holds'),
    ({'least': 16.5, 'most': 60.0}, '16.5 to 60', 'partly'),
    ({'least': 0.5, 'most': 0.9}, '0.5 to 0.9', 'no'),
    ({'low': 64.0}, 'at least 64', 'holds'), ({'low': 8.0}, 'at least 8', 'open'),
    ({}, 'not reached', 'open')])
def test_of_several_seeds_the_interval_decides(factor, shown, word):
    found = times_as_fast(seeds(**factor), 'superpoint', 50)
    assert (found.ours, found.verdict) == (shown, word)


def test_a_factor_of_another_loss_leaves_the_claim_open():
    found = times_as_fast(study(56.4, 'places'), 'superpoint', 50)
    assert found.verdict == 'open' and found.ours == '56.4 (loss places, not hinge)'


def test_without_a_study_it_is_open():
    assert times_as_fast(Measured({}), 'superpoint', 50).verdict == 'open'
    assert times_as_fast(study(1.0), 'no_fusion', 50).verdict == 'open'


@pytest.mark.parametrize(('rises', 'word'), [([0.001, 0.004], 'holds'), ([0.001, 0.02], 'no'),
                                             ([None], 'open')])
def test_the_last_third_tells_whether_longer_training_helps(rises, word):
    measured = seeds()
    measured.results['s']['runs'] = {'fused': {
        seed: {'last_rise': rise, 'steps': [0, 900]} for seed, rise in enumerate(rises)}}
    assert no_longer_rises(measured).verdict == word
    if word == 'no':
        assert no_longer_rises(measured).ours == '+0.020 in the last third of 900 steps'
    assert no_longer_rises(study(1.0)).verdict == 'open'
