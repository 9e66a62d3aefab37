# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import pytest
import torch
from support.saved_runs import save_run

from training import checkpoint, methods
from training.methods.residual.recipe import create
from training.runs import open_run, restore

METHOD = 'residual_rootsift_small'


@pytest.fixture
def path(tmp_path):
    """Return a checkpoint of random weights."""
    config = create(METHOD)
    torch.manual_seed(3)
    save_run(tmp_path / 'last.pt', config, methods.load(METHOD).build(config), step=4)
    return tmp_path / 'last.pt'


def test_a_saved_run_has_its_settings_and_builds_its_networks(path):
    run = open_run(path)
    assert run.config == create(METHOD) and run.state.step == 4
    for name, value in run.build().state_dict().items():
        assert torch.equal(value, run.state.model[name]), name


def test_weights_are_restored_into_a_run_of_the_same_networks(path):
    config = dataclasses.replace(create(METHOD), seed=9)
    model = methods.load(METHOD).build(config)
    restore(open_run(path), path, config, model)
    assert torch.equal(model.h[0].weight, open_run(path).state.model['h.0.weight'])


@pytest.mark.parametrize('method', ['residual_sift_small', 'residual_rootsift_tiny'])
def test_another_networks_checkpoint_is_refused(method, path):
    config = create(method)
    model = methods.load(method).build(config)
    with pytest.raises(ValueError, match=f'last.pt: a checkpoint of {METHOD}'):
        restore(open_run(path), path, config, model)


@pytest.mark.parametrize('change', [{'method': 'other'}, {'colour': 1}])
def test_settings_that_there_are_not_are_no_run_of_ours(change, path):
    state = checkpoint.load(path)
    checkpoint.save(path, dataclasses.replace(state, config={**state.config, **change}))
    with pytest.raises(ValueError, match=r'last\.pt: not a checkpoint of this trainer'):
        open_run(path)
