# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from residual_features_ros.errors import ModelCardError
from residual_features_ros.model_card import sha256_of
from residual_features_ros.whole_card import (
    FORMAT,
    WholeCard,
    export_command,
    load_whole_cards,
    write_whole_card,
)


@pytest.fixture
def card(tmp_path):
    """Return the card of a network, without one worth the name."""
    path = tmp_path / 'superpoint.whole.64x48.10.grey.onnx'
    path.write_bytes(b'network')
    card = WholeCard(FORMAT, 'superpoint', 64, 48, 10, 1, 256, 0, {}, 'abc', 'any', 'none',
                     {'whole': {'name': path.name, 'sha256': sha256_of(path)}}, folder=tmp_path)
    write_whole_card(card)
    return card


def test_it_is_read_as_it_was_written(card, tmp_path):
    assert load_whole_cards('superpoint', tmp_path) == [card]
    assert load_whole_cards('lfnet', tmp_path) == []


@pytest.mark.parametrize(('change', 'message'), [
    ({'format': 9}, 'expected format 1 and method superpoint, found 9'),
    ({'method': 'orb'}, 'found 1 and orb'), ({'depth': 3}, 'depth'),
    ({'files': {}}, 'expected name and sha256 of network whole')])
def test_what_is_wrong_with_it_is_named(card, tmp_path, change, message):
    path = tmp_path / f'{card.name}.json'
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ModelCardError, match=message):
        load_whole_cards('superpoint', tmp_path)
    path.write_text('no json')
    with pytest.raises(ModelCardError, match='expected the card of a whole network'):
        load_whole_cards('superpoint', tmp_path)


def test_the_command_that_writes_one_has_what_is_not_the_default():
    assert export_command('orb', (64, 48), 9) == (
        'python -m training export --whole orb --size 64x48 --keypoints 9')
    assert export_command('orb', (64, 48), 9, 1, {'places': 'detected'}).endswith(
        ' --keypoints 9 --grey --set places=detected')
