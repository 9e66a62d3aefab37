# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.errors import ConfigError
from training import methods
from training.methods.posfeat.recipe import SMALL


def test_recipes_differ_by_values_alone():
    recipes = {name: methods.create('posfeat', name)
               for name in methods.load('posfeat').RECIPES}
    paper, code = recipes['paper'], recipes['code']
    describe, detect = paper.stages.describe, paper.stages.detect
    assert (describe.optimiser, describe.lr, describe.batch, describe.steps) \
        == ('sgd', 1e-3, 6, 100_000)
    assert (detect.optimiser, detect.lr, detect.batch, detect.steps) == ('sgd', 1e-3, 6, 5_000)
    assert (code.stages.describe.optimiser, code.stages.describe.lr, code.stages.describe.batch) \
        == ('adam', 1e-4, 8)
    assert paper.model == code.model and paper.data.size == (640, 480)
    assert (paper.search.cell, paper.search.line_samples, paper.search.window,
            paper.search.temperature) == (16, 100, 0.1, 60)
    assert recipes['short'].model == recipes['small'].model == SMALL
    with pytest.raises(ConfigError, match='code, paper, short, small'):
        methods.create('posfeat', 'ours')
