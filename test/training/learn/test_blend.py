# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import pytest

pytest.importorskip('torch')
import torch

from training import checkpoint
from training.learn.blend import best_share, blend
from training.learn.judge import Scores
from training.pretrained import read_weights

METHOD = 'residual_hessian_small'


def scores(right, gap):
    return Scores({(0, gap): right}, {(0, gap): 2 * right})


def test_half_of_the_way_is_the_mean_of_both(tmp_path):
    begun, _, _ = read_weights(METHOD)
    model = {name: value + 1 for name, value in begun.items()}
    fields = {field.name: {} for field in dataclasses.fields(checkpoint.TrainState)}
    state = checkpoint.TrainState(**{
        **fields, 'stage': 'train', 'step': 1, 'before': 0, 'model': model, 'history': [],
        'rng': torch.get_rng_state(), 'changes': [], 'photographs': ''})
    checkpoint.save(tmp_path / 'last.pt', state)
    path = blend(tmp_path / 'last.pt', METHOD, .5, tmp_path / 'blend.pt')
    mixed = checkpoint.load(path).model
    assert all(torch.allclose(mixed[name], begun[name] + .5) for name in begun)


def test_the_most_gained_of_those_that_lose_little_is_chosen():
    before = scores(100, 4), scores(1000, 0)
    tried = {.3: (scores(104, 4), scores(1000, 0)), .6: (scores(108, 4), scores(996, 0)),
             1.: (scores(120, 4), scores(900, 0))}
    told = []
    assert best_share(tried, before, told.append) == .6
    assert told[2].startswith('100% of the way: +20.0% right matches') and '-10.0%' in told[2]
    lost = {share: (frames, scores(900, 0)) for share, (frames, _) in tried.items()}
    assert best_share(lost, before, told.append) == .3


def test_a_short_sequence_is_watched_by_the_pairs_it_has():
    told = []
    tried = {.3: (scores(103, 1), scores(1000, 0)), 1.: (scores(101, 1), scores(1000, 0))}
    assert best_share(tried, (scores(100, 1), scores(1000, 0)), told.append) == .3
    assert told[0].startswith('30% of the way: +3.0% right matches')
    nothing = Scores({}, {})
    tried = {share: (nothing, stills) for share, (_, stills) in tried.items()}
    assert best_share(tried, (nothing, scores(1000, 0)), told.append) == .3
