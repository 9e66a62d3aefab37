# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.errors import ConfigError
from training import methods
from training.config import optims, override
from training.methods.residual.config import ResidualConfig


def test_overrides_reach_nested_values():
    config = override(ResidualConfig(), ['optim.steps=7', 'data.size=(64, 48)', 'optim.lr=1',
                                    'data.images=some where', 'loss.kind=hinge'])
    assert (config.optim.steps, config.data.size, config.optim.lr) == (7, (64, 48), 1.0)
    assert (config.data.images, config.loss.kind) == ('some where', 'hinge')


@pytest.mark.parametrize(('assignment', 'words'), [
    ('optim.step=7', 'steps'), ('optim.steps=many', 'int'), ('optim.steps', 'key=value'),
    ('seed.x=1', 'is a value'), ('colour=1', 'data'),
])
def test_a_bad_override_is_named(assignment, words):
    with pytest.raises(ConfigError, match=words):
        override(ResidualConfig(), [assignment])


def test_the_optimisers_of_stages_are_named_by_their_path():
    assert [name for name, _ in optims(methods.create('residual_sift'))] == [
        'places.optim', 'bits.optim', 'optim']
    assert dict(optims(methods.create('posfeat'))).keys() == {'stages.describe', 'stages.detect'}
