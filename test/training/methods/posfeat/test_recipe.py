# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from residual_features_ros.errors import ConfigError
from training import methods
from training.config import override
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
    # Section 4.1: 640x480, grids of 16 and 8 pixels, equation 9's values.
    for optim in (describe, detect):
        assert (optim.schedule, optim.warmup_steps, optim.weight_decay) == ('constant', 0, 0)
    policy = paper.policy
    assert (policy.cell, policy.near_px, policy.right, policy.wrong, policy.keypoint,
            policy.certain) == (8, 2, 1, -0.25, -0.001, 0.9)
    assert (paper.search.jitter, paper.search.spread) == ((0, 1), 'variance')
    assert (paper.keypoints.threshold, paper.keypoints.nms_radius) == (0.9, 1)
    model = paper.model
    assert (model.block, model.blocks, model.decoder, model.dim) == (
        'bottleneck', (3, 4, 6), (512, 256), 128)
    assert recipes['short'].model == recipes['small'].model == SMALL
    with pytest.raises(ConfigError, match='known: coarse, code, disk, joint, paper, '):
        methods.create('posfeat', 'ours')


def test_the_ablations_are_recipe_code_but_for_what_they_are_about():
    code, joint, coarse, disk = (methods.create('posfeat', name)
                                 for name in ('code', 'joint', 'coarse', 'disk'))
    assert override(code, ['pipeline=joint']) == joint
    assert override(code, ['search.strategy=coarse']) == coarse
    assert replace(disk, policy=code.policy, descriptors=1.0) == joint
    assert (disk.descriptors, disk.policy.matches, disk.policy.certain,
            disk.policy.ramp_steps) == (0, True, 0, 20_000)
    assert (code.pipeline, code.search.strategy, code.policy.matches,
            code.policy.ramp_steps) == ('decoupled', 'line', False, 0)
