# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import shutil

import pytest

from residual_features_ros import create_extractor
from residual_features_ros.errors import ModelCardError
from residual_features_ros.model_card import SHIPPED_WEIGHTS, load_card
from residual_features_ros.registry import METHODS

METHOD = 'residual_rootsift_small'


@pytest.fixture
def weights(tmp_path):
    for path in SHIPPED_WEIGHTS.glob(f'{METHOD}.*'):
        shutil.copy(path, tmp_path)
    return tmp_path


def test_every_shipped_card_is_whole_and_of_a_known_method():
    cards = sorted(SHIPPED_WEIGHTS.glob('*.json'))
    assert METHOD in [path.stem for path in cards]
    for path in cards:
        card = load_card(path.stem)
        assert METHODS[card.method].detector == card.handcrafted
        assert card.dim > 0 and card.licence and card.data


def test_missing_weights_say_where_and_how_to_make_them(tmp_path):
    with pytest.raises(ModelCardError, match=rf'{tmp_path}.*python -m training train {METHOD}'):
        create_extractor(METHOD, weights=str(tmp_path))


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
