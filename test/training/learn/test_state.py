# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import json

import pytest

from residual_features_ros.errors import OutputError
from training.learn.options import LearnOptions
from training.learn.state import RESULT, begin, note_spent, settings_of


def test_what_was_spent_counts_when_the_same_run_goes_on(tmp_path):
    options = LearnOptions(tmp_path / 'out')
    settings = settings_of(options)
    assert begin(options.out, settings) == 0
    note_spent(options.out, settings, 12.5)
    longer = dataclasses.replace(options, minutes=20)
    assert begin(options.out, settings_of(longer)) == 12.5
    with pytest.raises(OutputError, match='begun with other options'):
        begin(options.out, settings_of(dataclasses.replace(options, lr=1.0)))
    (options.out / RESULT).write_text(json.dumps({}))
    with pytest.raises(OutputError, match='a result already'):
        begin(options.out, settings)


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / 'mine').touch()
    with pytest.raises(OutputError, match='not of this command'):
        begin(tmp_path, {})
    assert [path.name for path in tmp_path.iterdir()] == ['mine']
