# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

from residual_features_ros.data_sources import DataSource
from residual_features_ros.model_card import load_card
from residual_features_ros.tools.info.licences import licences, shipped_cards

FREE = DataSource('Debian package a', '1.0-1', 'CC-BY-4.0', 'Ann, Bob', 3)


def test_methods_stand_behind_their_licence_and_sources_are_named_once():
    first, second = load_card('residual_rootsift_small'), load_card('residual_sift')
    free = [dataclasses.replace(card, licence='Apache-2.0', sources=(FREE,))
            for card in (first, second)]
    assert licences([*free, dataclasses.replace(first, licence='research use')]).splitlines() == [
        'Apache-2.0: residual_rootsift_small, residual_sift',
        'research use: residual_rootsift_small', 'trained on',
        '  3 photographs of Debian package a 1.0-1, CC-BY-4.0, by Ann, Bob']
    assert 'trained on' not in licences([dataclasses.replace(first, sources=())])


def test_free_weights_are_named_by_the_word_that_takes_them():
    lines = licences(shipped_cards()).splitlines()
    assert [line for line in lines if 'residual_hessian_small (weights: free)' in line] \
        == [line for line in lines if line.startswith('Apache-2.0')]


def test_weights_that_are_missing_have_no_licence(tmp_path, monkeypatch):
    assert 'residual_sift' in [card.method for card in shipped_cards()]
    monkeypatch.setattr('residual_features_ros.model_card.SHIPPED_WEIGHTS', tmp_path)
    assert shipped_cards() == []
