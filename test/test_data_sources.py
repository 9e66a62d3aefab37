# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import pytest

from residual_features_ros.data_sources import DataSource, read_sources
from residual_features_ros.errors import ConfigError

SOURCE = DataSource('Debian package a', '1.0-1', 'CC0-1.0', 'Ann, Bob', 3)


def test_sources_are_read_as_they_were_written():
    assert read_sources([dataclasses.asdict(SOURCE)] * 2) == (SOURCE, SOURCE)
    assert read_sources([]) == ()


@pytest.mark.parametrize(('change', 'words'), [
    ({'licence': ''}, 'needs name, version, licence and attribution'),
    ({'attribution': ''}, 'needs'), ({'version': ''}, 'needs'), ({'source': 5}, 'needs'),
    ({'photographs': 0}, 'Debian package a: 0 photographs'), ({'photographs': '3'}, '3 photogr'),
    ({'author': 'Ann'}, 'unknown setting')])
def test_a_source_that_leaves_something_unsaid(change, words):
    with pytest.raises(ConfigError, match=words):
        read_sources([{**dataclasses.asdict(SOURCE), **change}])
