# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
from support.torchrun import torchrun
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn

from residual_features_ros.errors import ConfigError
from training import checkpoint
from training.__main__ import main
from training.distributed import Group, join

CPU = torch.device('cpu')
# Starts a run, stops it after two steps and goes on to the fourth, as its own command line says.
TWICE = """
import sys
from training.__main__ import main
for steps in (2, 4):
    status = main([*sys.argv[1:], f'optim.steps={steps}'])
    if status:
        sys.exit(status)
"""


@pytest.fixture(scope='module')
def command(photographs):
    """Return method and settings of a run of seconds."""
    return ['residual_rootsift', f'data.images={photographs}', 'data.size=(64, 48)',
            'data.keypoints=30', 'data.workers=0', 'data.validation_pairs=1', 'optim.batch=4',
            'optim.schedule=constant', 'model.fusion=residual', 'model.batch_norm=False',
            'threads=1', 'precision=fp32']


def losses(folder):
    return [event.value for event in EventAccumulator(str(folder / 'logs')).Reload()
            .Scalars('train/loss')]


def test_two_processes_train_as_one_does_and_either_goes_on_with_the_others_run(
        command, tmp_path):
    one, two = tmp_path / 'one', tmp_path / 'two'
    assert main(['train', '--out', str(one), *command, 'optim.steps=5']) == 0
    run = torchrun(TWICE, ['train', '--out', str(two), *command], tmp_path)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count('step 4: recall') == 1
    assert run.stdout.count('last.pt') == 2  # of the first process at 2 and at 4 steps
    assert main(['train', '--out', str(two), *command, 'optim.steps=5']) == 0

    assert losses(two) == pytest.approx(losses(one), rel=1e-5)
    expected, found = (checkpoint.load(folder / 'last.pt') for folder in (one, two))
    for name, value in expected.model.items():
        # Weights travel up to 1.5e-4 in five steps of the warm-up; Adam makes steps of rounding
        # where the gradient is next to nothing.
        assert (found.model[name] - value).square().mean().sqrt() <= 2e-6
    # Adam's steps forgive a wrong scale of the gradients, its running mean of them does not.
    for number, value in expected.optimizer['state'].items():
        mean, ours = value['exp_avg'], found.optimizer['state'][number]['exp_avg']
        assert (mean - ours).norm() <= 5e-2 * mean.norm()  # 1e-2 of it is rounding


def test_a_batch_is_shared_without_rest():
    groups = [Group(rank, 3, CPU) for rank in range(3)]
    assert [list(group.share(6)) for group in groups] == [[0, 1], [2, 3], [4, 5]]
    assert [group.first for group in groups] == [True, False, False]
    with pytest.raises(ConfigError, match=r'optim\.batch=4 .* 3 processes'):
        groups[0].share(4)


def test_one_process_is_alone():
    group, model = join(), nn.Linear(1, 1)
    assert (group.rank, group.size) == (0, 1)
    assert group.parallel(model) is model
    assert group.total(torch.ones(2)).tolist() == [1, 1]
    assert group.from_first(lambda: 3) == 3
    group.wait()
