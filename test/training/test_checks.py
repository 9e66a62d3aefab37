# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch

from residual_features_ros.errors import ConfigError
from training import methods
from training.checks import check
from training.config import override
from training.distributed import Group

METHOD = 'residual_rootsift_small'
CPU = torch.device('cpu')


@pytest.mark.parametrize('setting, processes, message', [
    ('precision=fp16', 1, 'auto, bf16, fp32'),
    ('loss.kind=superpoint', 1, r'model\.fusion=none'),
    ('loss.kind=distil', 1, r'loss\.teacher'),
    ('loss.negative=easy', 1, 'all, hardest'),
    ('optim.batch=3', 2, 'cannot be shared by 2'),
    ('optim.steps=0', 1, r'^optim\.steps=0: nothing is trained; set 1 or more$'),
    ('optim.batch=0', 1, r'^optim\.batch=0: expected 1 or more$'),
    ('places.optim.batch=0', 1, r'places\.optim\.batch=0'),
    ('optim.epochs=-1', 1, r'optim\.epochs=-1'),
    ('data.keypoints=0', 1, r'data\.keypoints=0: expected 1 or more'),
    ('data.validation_pairs=0', 1, r'data\.validation_pairs=0'),
    ('data.size=(0, 96)', 1, r'data\.size=0'),
    ('validate_every=0', 1, 'validate_every=0'),
    ('checkpoint_every=0', 1, 'checkpoint_every=0')])
def test_settings_that_cannot_be_had_are_refused(setting, processes, message):
    with pytest.raises(ConfigError, match=message):
        check(override(methods.create(METHOD), [setting]), Group(0, processes, CPU))


def test_a_stage_may_be_left_out_but_not_all():
    config = methods.create('superpoint', 'short')
    left_out = [f'stages.{stage}.steps=0' for stage in ('magicpoint', 'adapted', 'joint')]
    assert len(check(override(config, left_out[:2]), Group(0, 1, CPU))) == 3
    with pytest.raises(ConfigError, match=r'magicpoint\.steps=0 and .*joint\.steps=0: nothing'):
        check(override(config, left_out), Group(0, 1, CPU))


def test_drawings_have_no_epochs():
    with pytest.raises(ConfigError, match=r'magicpoint\.epochs: drawings'):
        check(override(methods.create('superpoint'), ['stages.magicpoint.epochs=1']),
              Group(0, 1, CPU))
