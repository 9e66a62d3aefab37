# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

from residual_features_ros.model_card import load_card
from training.benchmarks.reports.pages.goodpoint import at_limit, from_the_beginning
from training.benchmarks.reports.pages.measured import Measured


def test_a_row_has_the_numbers_at_its_limit():
    numbers = {'rep@3': 0.1, 'rep@5': 0.2, 'accuracy@5': 0.3, 'coverage@5/25': 0.4,
               'coverage@5/20': 0.9, 'harmonic@5/25': 0.5}
    measured = Measured({'p': {'benchmark': 'papers', 'methods': {}, 'parts': [
        {'benchmark': 'hpatches', 'size': [640, 480], 'keypoints': 1000, 'cost': {},
         'summary': {'goodpoint': {'all': numbers}}}]}})
    assert at_limit(measured, 'goodpoint', 'GP 5 px').numbers == {
        'rep': 0.2, 'accuracy': 0.3, 'coverage': 0.4, 'harmonic': 0.5}
    found = at_limit(measured, 'goodpoint', 'GP 3 px')
    assert found.numbers == {'rep': 0.1} and found.sources == {'rep': 'p'}
    assert at_limit(measured, 'superpoint', 'SP 3 px') is None


def test_corners_on_the_card_contradict_the_claim():
    card = load_card('goodpoint')
    assert from_the_beginning(card).verdict == 'no'
    assert '3500 steps' in from_the_beginning(card).ours
    without = dataclasses.replace(card, training={'config': {'stages': {'corners': {'steps': 0}}}})
    assert from_the_beginning(without).verdict == 'holds'
