# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from training import methods
from training.config import override
from training.data.sources.opening import open_sources
from training.epochs import count_samples, with_steps

METHOD = 'residual_rootsift_small'


def test_epochs_count_the_photographs_to_train_on(photographs):
    config = override(methods.create(METHOD, 'paper'), [f'data.images={photographs}',
                                                        'optim.epochs=3', 'optim.batch=4'])
    assert count_samples(config.data) == 6
    assert with_steps(config).optim.steps == 5  # 18 samples
    assert with_steps(override(config, ['optim.epochs=0.5'])).optim.steps == 1
    fewer = override(config, ['data.validation_share=0.5'])  # those held out do not count
    training, held_out = open_sources(fewer.data)
    assert count_samples(fewer.data) == len(training.names) == 6 - len(held_out.names) < 6


def test_each_stage_counts_its_own(photographs):
    config = override(methods.create('posfeat', 'short'), [
        f'data.images={photographs}', 'stages.detect.epochs=4', 'stages.detect.batch=2'])
    found = with_steps(config).stages
    assert found.detect.steps == 12 and found.describe == config.stages.describe


def test_without_epochs_nothing_is_opened():
    config = override(methods.create(METHOD), ['data.images=nowhere'])
    assert with_steps(config) is config
    with pytest.raises(ValueError, match='nowhere: no such folder'):
        with_steps(override(config, ['optim.epochs=1']))


def test_the_papers_two_epochs_are_those_of_coco():
    config = methods.create('residual_sift', 'paper')
    assert (config.optim.steps, config.optim.epochs, config.optim.batch) == (59_000, 0, 4)
