# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.errors import CommandError
from residual_features_ros.tools.photographs import packaged_photographs


def test_photographs_come_with_a_package():
    pytest.importorskip('sklearn', reason='scikit-learn is not installed: make test installs it')
    assert [path.suffix for path in packaged_photographs()] == ['.jpg', '.jpg']


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(CommandError, match='pip install scikit-learn'):
        packaged_photographs()
