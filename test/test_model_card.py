# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from residual_features_ros import create_extractor
from residual_features_ros.confidence import ConfidenceModel, Term
from residual_features_ros.config import method_and_folder
from residual_features_ros.data_sources import DataSource, read_sources
from residual_features_ros.errors import ModelCardError
from residual_features_ros.model_card import (
    HANDCRAFTED_CONFIDENCE,
    SHIPPED_WEIGHTS,
    card_path,
    load_card,
    load_confidence,
    load_named_card,
    load_thresholds,
    weights_folder,
    write_card,
)
from residual_features_ros.registry import METHODS
from residual_features_ros.thresholds import MatchThresholds

METHOD = 'residual_rootsift_small'
SOURCE = DataSource('Debian package a', '1.0-1', 'CC-BY-4.0', 'Ann, Bob', 3)


@pytest.fixture
def weights(tmp_path):
    for path in SHIPPED_WEIGHTS.glob(f'{METHOD}.*'):
        shutil.copy(path, tmp_path)
    return tmp_path


def test_every_shipped_card_is_whole_and_of_a_known_method():
    cards = sorted(path for path in SHIPPED_WEIGHTS.glob('*.json')
                   if path.name != HANDCRAFTED_CONFIDENCE)
    assert METHOD in [path.stem for path in cards]
    for path in cards:
        card = load_card(path.stem)
        assert METHODS[card.method].detector == card.handcrafted
        assert card.dim > 0 and card.licence and card.data


def test_every_shipped_card_that_is_not_for_research_alone_names_its_sources():
    for path in SHIPPED_WEIGHTS.rglob('*.json'):
        card = json.loads(path.read_text())
        if card.get('licence') and not card['licence'].startswith('research use'):
            assert read_sources(card.get('sources', ())), path


def test_all_weights_are_less_than_30_megabytes():
    assert sum(path.stat().st_size for path in SHIPPED_WEIGHTS.rglob('*') if path.is_file()) < 30e6


def test_missing_weights_say_where_and_how_to_make_them(tmp_path):
    with pytest.raises(ModelCardError, match=rf'{tmp_path}.*python -m training train {METHOD}'):
        create_extractor(METHOD, weights=str(tmp_path))


def test_cards_lie_in_the_folder_of_weights_or_are_shipped(weights):
    assert weights_folder() == SHIPPED_WEIGHTS and weights_folder(str(weights)) == weights
    assert card_path(METHOD) == SHIPPED_WEIGHTS / f'{METHOD}.json'
    assert card_path(METHOD, weights) == weights / f'{METHOD}.json'


def test_free_names_the_shipped_weights_that_may_be_sold(tmp_path, monkeypatch):
    (tmp_path / 'free').mkdir()
    monkeypatch.chdir(tmp_path)  # ./free is a folder of one's own
    assert weights_folder('free') == SHIPPED_WEIGHTS / 'free'
    for own in ('./free', Path('free'), method_and_folder('free/orb.json')[1]):
        assert weights_folder(own) == Path('free')
    card = load_card('residual_hessian_small', 'free')
    assert card.folder == SHIPPED_WEIGHTS / 'free' and not card.licence.startswith('research use')
    assert card.dim == load_card('residual_hessian_small').dim
    with pytest.raises(ModelCardError, match='sift here, only for residual_hessian_small'):
        load_card('residual_sift', 'free')


def test_a_card_is_named_by_its_method_or_by_its_path(weights):
    path = str(card_path(METHOD, weights))
    assert load_named_card(METHOD).folder == SHIPPED_WEIGHTS
    assert load_named_card(path).folder == weights


@pytest.mark.parametrize('network', ['h', 'f'])
def test_a_corrupt_network_names_expected_and_found_sha256(weights, network):
    expected = load_card(METHOD, weights).files[network]['sha256']
    path = weights / f'{METHOD}.{network}.onnx'
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ModelCardError, match=f'{path}.*{expected}.*found'):
        create_extractor(METHOD, weights=str(weights))


def test_a_missing_network_is_named(weights):
    (weights / f'{METHOD}.f.onnx').unlink()
    with pytest.raises(ModelCardError, match=r'f\.onnx.*no such file'):
        load_card(METHOD, weights)


@pytest.mark.parametrize(('change', 'words'), [
    ({'method': 'residual_sift_small'}, 'found one of residual_sift_small'),
    ({'format': 99}, 'expected card format 1, found 99'),
    ({'files': {}}, 'network f'),
    ({'colour': 'blue'}, 'unknown setting'),
])
def test_a_card_of_something_else(weights, change, words):
    path = weights / f'{METHOD}.json'
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ModelCardError, match=words):
        load_card(METHOD, weights)


@pytest.mark.parametrize('text', ['', '{', '[]', '{}', 'null'])
def test_a_file_that_is_no_card(weights, text):
    (weights / f'{METHOD}.json').write_text(text)
    with pytest.raises(ModelCardError, match='model card'):
        load_card(METHOD, weights)


def test_weights_made_for_another_detector_are_refused(weights):
    facts = json.loads((weights / f'{METHOD}.json').read_text())
    facts.update(method='residual_surf_small')
    (weights / 'residual_surf_small.json').write_text(json.dumps(facts))
    pytest.importorskip('mahotas')
    with pytest.raises(ModelCardError, match='expected weights for surf, found rootsift'):
        create_extractor('residual_surf_small', weights=str(weights))


MODEL = ConfidenceModel(-0.5, {'ratio': Term(0.1, 1.0, 2.0, -3.0)}, {'auc': 0.9})


def test_a_confidence_survives_on_a_card_which_need_not_have_one(weights):
    without = dataclasses.replace(load_card(METHOD, weights), confidence=None)
    write_card(without)
    assert load_card(METHOD, weights).confidence is None
    write_card(dataclasses.replace(without, confidence=MODEL))
    assert load_card(METHOD, weights) == dataclasses.replace(without, confidence=MODEL)
    path = weights / f'{METHOD}.json'
    older = json.loads(path.read_text())
    del older['confidence']
    path.write_text(json.dumps(older))
    assert load_card(METHOD, weights).confidence is None


@pytest.mark.parametrize(('change', 'words'), [
    ({'terms': {'colour': {}}}, 'Term'), ({'terms': {'ratio': {'low': 0}}}, 'high'),
    ({'bias': 0.0}, "'terms'"), ([1], 'model card')])
def test_a_confidence_that_is_none(weights, change, words):
    path = weights / f'{METHOD}.json'
    path.write_text(json.dumps({**json.loads(path.read_text()), 'confidence': change}))
    with pytest.raises(ModelCardError, match=words):
        load_card(METHOD, weights)


def test_methods_without_networks_have_theirs_in_one_file(tmp_path, monkeypatch):
    file = tmp_path / HANDCRAFTED_CONFIDENCE
    file.write_text(json.dumps({'orb': dataclasses.asdict(MODEL)}))
    assert load_confidence('orb', tmp_path) == MODEL
    assert load_confidence('sift', tmp_path) is None
    assert create_extractor('orb', weights=str(tmp_path)).confidence == MODEL
    file.write_text('{"orb": 1}')
    with pytest.raises(ModelCardError, match=f'{file}: expected confidences'):
        load_confidence('orb', tmp_path)
    file.unlink()
    assert load_confidence('orb', tmp_path) == load_confidence('orb')  # the shipped one
    monkeypatch.setattr('residual_features_ros.model_card.SHIPPED_WEIGHTS', tmp_path)
    assert load_confidence('orb') is None


LIMITS = MatchThresholds(0.5, 0.75, 0.8, {'commit': 'abc'})


def test_sources_survive_on_a_card_which_need_not_have_any(weights):
    card = load_card(METHOD, weights)
    assert card.sources == ()
    write_card(dataclasses.replace(card, sources=(SOURCE, SOURCE)))
    assert load_card(METHOD, weights).sources == (SOURCE, SOURCE)


@pytest.mark.parametrize('change', [{'licence': ''}, {'author': 'Ann'}])
def test_sources_that_leave_something_unsaid(weights, change):
    path = weights / f'{METHOD}.json'
    sources = [{**dataclasses.asdict(SOURCE), **change}]
    path.write_text(json.dumps({**json.loads(path.read_text()), 'sources': sources}))
    with pytest.raises(ModelCardError, match='expected a model card'):
        load_card(METHOD, weights)


def test_thresholds_survive_on_a_card_which_need_not_have_any(weights):
    without = dataclasses.replace(load_card(METHOD, weights), thresholds=None)
    write_card(without)
    assert load_card(METHOD, weights).thresholds is None
    write_card(dataclasses.replace(without, thresholds=LIMITS))
    assert load_card(METHOD, weights) == dataclasses.replace(without, thresholds=LIMITS)
    assert create_extractor(METHOD, weights=str(weights)).thresholds == LIMITS
    path = weights / f'{METHOD}.json'
    older = json.loads(path.read_text())
    del older['thresholds']
    path.write_text(json.dumps(older))
    assert load_card(METHOD, weights).thresholds is None


@pytest.mark.parametrize(('change', 'words'), [
    ({'low': 2}, 'high'), ({'low': 2, 'high': 1, 'ratio': 1}, '0 < low <= high'),
    ({'colour': 1}, 'unknown setting'), ([1], 'model card')])
def test_thresholds_that_are_none(weights, change, words):
    path = weights / f'{METHOD}.json'
    path.write_text(json.dumps({**json.loads(path.read_text()), 'thresholds': change}))
    with pytest.raises(ModelCardError, match=words):
        load_card(METHOD, weights)


def test_thresholds_lie_beside_the_confidences_of_methods_without_networks(tmp_path):
    file, limits = tmp_path / HANDCRAFTED_CONFIDENCE, dataclasses.asdict(LIMITS)
    file.write_text(json.dumps({'orb': {**dataclasses.asdict(MODEL), 'thresholds': limits},
                                'sift': dataclasses.asdict(MODEL),
                                'akaze': {'thresholds': limits}}))
    both = [(load_confidence(name, tmp_path), load_thresholds(name, tmp_path))
            for name in ('orb', 'sift', 'akaze', 'surf')]
    assert both == [(MODEL, LIMITS), (MODEL, None), (None, LIMITS), (None, None)]
    assert create_extractor('orb', weights=str(tmp_path)).thresholds == LIMITS
    file.write_text('{"orb": {"thresholds": {"low": -1, "high": 1, "ratio": 1}}}')
    with pytest.raises(ModelCardError, match=f'{file}: .*0 < low <= high'):
        load_thresholds('orb', tmp_path)


def test_every_shipped_method_has_a_confidence_that_says_how_reliable_it_is():
    shipped = [name for name, method in METHODS.items()
               if not method.network or (SHIPPED_WEIGHTS / f'{name}.json').is_file()]
    assert len(shipped) > 20
    for name in shipped:
        model = load_card(name).confidence if METHODS[name].network else load_confidence(name)
        assert model and {'distance', 'ratio'} <= set(model.terms), name
        assert model.fit['auc'] > 0.8 and model.fit['ece'] < 0.07, name
        assert model.fit['command'].startswith(f'python -m training calibrate {name} ')
        assert model.fit['data'] and len(model.fit['reliability']) == 10
        limits = load_card(name).thresholds if METHODS[name].network else load_thresholds(name)
        assert limits and limits.fit['data'], name
        low, high, ratio = (limits.fit[key] for key in ('low', 'high', 'ratio'))
        assert low['recall'] > 0.85 and high['recall'] > 0.85, name
        assert ratio['precision'] > 0.85 or ratio['recall'] > 0.25, name
