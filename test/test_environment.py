# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import re

import pytest
from support.whole_networks import METHOD, write_whole

from residual_features_ros import create_extractor, environment
from residual_features_ros.environment import commit, describe


def test_the_commit_is_known_in_a_checkout_and_unknown_elsewhere(tmp_path, monkeypatch):
    assert re.fullmatch(r'[0-9a-f]{7,}(-dirty)?|unknown', commit())
    monkeypatch.setattr(environment, 'ROOT', tmp_path)
    assert commit() == 'unknown'


def test_what_ran_has_the_whole_networks_too(tmp_path):
    pytest.importorskip('onnx')
    card, ran = write_whole(tmp_path), {}
    for front_end in ('split', 'whole'):
        ran[front_end] = describe(create_extractor(METHOD, 10, weights=str(tmp_path),
                                                   front_end=front_end))
    assert ran['whole']['whole_sha256'] == {card.name: card.sha256}
    assert 'whole_sha256' not in ran['split']
    assert ran['whole']['weights_sha256'] == ran['split']['weights_sha256']
