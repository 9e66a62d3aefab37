# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import re

from residual_features_ros import environment
from residual_features_ros.environment import commit


def test_the_commit_is_known_in_a_checkout_and_unknown_elsewhere(tmp_path, monkeypatch):
    assert re.fullmatch(r'[0-9a-f]{7,}(-dirty)?|unknown', commit())
    monkeypatch.setattr(environment, 'ROOT', tmp_path)
    assert commit() == 'unknown'
