# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import json
import logging
import shutil

import numpy as np
import pytest
from support.vocabularies import by_hand, in_numbers, random_tree

from residual_features_ros.errors import ConfigError, ModelCardError, VocabularyError
from residual_features_ros.model_card import load_card
from residual_features_ros.registry import METHODS
from residual_features_ros.vocabulary import files
from residual_features_ros.vocabulary.files import (
    ARRAYS,
    SHIPPED_VOCABULARIES,
    VocabularyCard,
    load_vocabulary,
    save_vocabulary,
    write_vocabulary,
)

LEARNED = 'residual_orb_small'


def card_of(tree, method='orb', weights=None):
    return VocabularyCard(method, weights, tree.binary, tree.branching, tree.levels,
                          len(tree.words), data='made up', licence='CC0', training={'seed': 0})


def saved(tree, path, **facts):
    return save_vocabulary(tree, path, card_of(tree, **facts))


@pytest.mark.parametrize('name', ['orb.npz', 'orb.txt', 'orb.txt.gz'])
@pytest.mark.parametrize('tree', [by_hand(), in_numbers(), random_tree(61)])
def test_what_was_saved_is_loaded(name, tree, tmp_path, caplog):
    card = saved(tree, tmp_path / name)
    found, its_card = load_vocabulary('orb', tmp_path / name)
    for array in ARRAYS:
        assert np.array_equal(getattr(found, array), getattr(tree, array))
    assert its_card == card and card.words == len(tree.words) and len(card.sha256) == 64
    assert (tmp_path / 'orb.json').is_file() and not caplog.records


def test_a_card_is_of_the_vocabulary_in_any_format(tmp_path):
    card = saved(random_tree(), tmp_path / 'orb.npz')
    write_vocabulary(random_tree(), tmp_path / 'orb.txt')
    assert load_vocabulary('orb', tmp_path / 'orb.txt')[1] == card
    write_vocabulary(random_tree(seed=1), tmp_path / 'orb.txt.gz')
    with pytest.raises(VocabularyError, match=r'orb.txt.gz: expected the vocabulary'):
        load_vocabulary('orb', tmp_path / 'orb.txt.gz')


def test_a_folder_has_the_vocabularies_of_methods(tmp_path):
    saved(by_hand(), tmp_path / 'orb.npz')
    assert load_vocabulary('orb', tmp_path)[1].method == 'orb'


def test_the_same_vocabulary_is_the_same_file(tmp_path):
    assert saved(by_hand(), tmp_path / 'a.npz') == saved(by_hand(), tmp_path / 'b.npz')


def test_a_file_without_a_card_is_taken_with_a_warning(tmp_path, caplog):
    write_vocabulary(by_hand(), tmp_path / 'orbvoc.txt')
    with caplog.at_level(logging.WARNING):
        assert load_vocabulary('orb', tmp_path / 'orbvoc.txt')[1] is None
    assert 'no card orbvoc.json beside it' in caplog.text and 'for one of orb' in caplog.text


def test_a_vocabulary_that_is_not_there_says_how_to_make_it(tmp_path, monkeypatch):
    monkeypatch.setattr(files, 'SHIPPED_VOCABULARIES', tmp_path)
    for path in ('', tmp_path, tmp_path / 'orb.npz'):
        with pytest.raises(VocabularyError, match=r'orb.npz: no such file; make a vocabulary with '
                           '"python -m training vocabulary --images DIR --method orb'):
            load_vocabulary('orb', path)


def test_a_method_that_does_not_exist_is_told(tmp_path):
    saved(by_hand(), tmp_path / 'orb.npz', method='orbb')
    with pytest.raises(ConfigError, match=r"unknown method 'orbb' \(did you mean .*orb"):
        load_vocabulary('orbb', tmp_path / 'orb.npz')


def test_one_of_another_method_is_refused(tmp_path):
    saved(by_hand(), tmp_path / 'orb.npz')
    with pytest.raises(VocabularyError, match='expected a vocabulary of sift, found one of orb'):
        load_vocabulary('sift', tmp_path / 'orb.npz')


def test_one_of_other_weights_is_refused(tmp_path):
    weights = load_card(LEARNED).sha256
    saved(in_numbers(), tmp_path / 'a.npz', method=LEARNED, weights=weights)
    assert load_vocabulary(LEARNED, tmp_path / 'a.npz')[1].weights_sha256 == weights
    saved(in_numbers(), tmp_path / 'b.npz', method=LEARNED, weights='0' * 64)
    with pytest.raises(VocabularyError, match=rf'networks {"0" * 64}, and these are {weights}'):
        load_vocabulary(LEARNED, tmp_path / 'b.npz')
    with pytest.raises(ModelCardError, match='no such file'):
        load_vocabulary(LEARNED, tmp_path / 'a.npz', weights=tmp_path)


def test_a_file_that_its_card_does_not_know_is_refused(tmp_path):
    saved(by_hand(), tmp_path / 'orb.npz')
    write_vocabulary(random_tree(), tmp_path / 'orb.npz')
    with pytest.raises(VocabularyError, match=r'orb.npz: expected the vocabulary .* as orb.json'):
        load_vocabulary('orb', tmp_path)


@pytest.mark.parametrize(('old', 'new', 'words'), [
    ('"method"', '"mothod"', 'unknown setting .mothod'), ('{', '', "a vocabulary's card"),
    ('"format": 1', '"format": 2', 'card format 1, found 2'),
    ('"licence": "CC0",', '', 'licence')])
def test_a_damaged_card_is_named(old, new, words, tmp_path):
    saved(by_hand(), tmp_path / 'orb.npz')
    text = (tmp_path / 'orb.json').read_text()
    assert old in text
    (tmp_path / 'orb.json').write_text(text.replace(old, new, 1))
    with pytest.raises(VocabularyError, match=f'orb.json: .*{words}'):
        load_vocabulary('orb', tmp_path)


def damaged(path, kind):
    write_vocabulary(by_hand(), path)
    content = path.read_bytes()
    if kind == 'cut':
        path.write_bytes(content[:len(content) // 2])
    elif kind == 'empty':
        path.write_bytes(b'')
    elif kind == 'lacking':
        np.savez(path, branching=2, levels=2)
    elif kind == 'one array':
        with path.open('wb') as file:
            np.save(file, np.zeros(3))
    else:
        arrays = {name: getattr(by_hand(), name) for name in ARRAYS}
        np.savez(path, **{**arrays, 'levels': 1})


@pytest.mark.parametrize('kind', ['cut', 'empty', 'lacking', 'one array', 'no tree'])
def test_a_damaged_file_is_named(kind, tmp_path):
    damaged(tmp_path / 'v.npz', kind)
    with pytest.raises(VocabularyError, match=r'v.npz: expected an .npz file of branching'):
        load_vocabulary('orb', tmp_path / 'v.npz')


def test_other_names_of_files_are_refused(tmp_path):
    with pytest.raises(VocabularyError, match=r'v.bin: the name of a vocabulary ends with .npz'):
        write_vocabulary(by_hand(), tmp_path / 'v.bin')


@pytest.mark.parametrize('path', sorted(SHIPPED_VOCABULARIES.glob('*.npz')),
                         ids=lambda path: path.stem)
def test_each_shipped_vocabulary_is_of_its_method(path):
    tree, card = load_vocabulary(path.stem)
    assert (card.binary, card.branching, card.levels, card.words) == (
        tree.binary, tree.branching, tree.levels, len(tree.words))
    assert card.data and card.licence and card.training and path.stem in METHODS
    assert path.stat().st_size < 6e6


def test_a_card_is_the_json_file_of_its_fields(tmp_path):
    card = saved(by_hand(), tmp_path / 'orb.npz')
    assert json.loads((tmp_path / 'orb.json').read_text()) == dataclasses.asdict(card)
    shutil.move(tmp_path / 'orb.json', tmp_path / 'other.json')
    assert load_vocabulary('orb', tmp_path)[1] is None
