# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
from torch import nn

from training import checkpoint
from training.__main__ import main
from training.divergence import DivergedError, check_learned, check_loss, check_weights


@pytest.mark.parametrize('loss', [float('nan'), float('inf'), -float('inf')])
def test_a_loss_that_is_not_finite_is_named_with_its_step(loss):
    check_loss(1.0, 'train', 6, 'kept')
    with pytest.raises(DivergedError, match=f'step 7 of stage train: the loss is {loss}; kept'):
        check_loss(loss, 'train', 7, 'kept')


def test_weights_that_are_not_finite_are_named():
    model = nn.Linear(2, 1)
    check_weights(model, 'train', 7, 0.5, 'kept')
    with torch.no_grad():
        model.bias[0] = torch.inf
    with pytest.raises(DivergedError, match=r'step 7 of stage train: bias is not finite, after a '
                                            r'loss of 0\.5; kept'):
        check_weights(model, 'train', 7, 0.5, 'kept')


def test_a_run_that_learned_nothing_says_so():
    check_learned(True, 'train', 5)
    with pytest.raises(DivergedError, match='up to step 5 no pair'):
        check_learned(False, 'train', 5)


def test_a_run_that_diverges_keeps_its_last_good_checkpoint(small_run, tmp_path, capsys):
    out = tmp_path / 'run'
    command = ['train', 'residual_rootsift_small', '--out', str(out), *small_run,
               'optim.steps=40', 'optim.lr=1e8', 'optim.warmup_steps=0', 'checkpoint_every=1']
    assert main(command) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    state = checkpoint.load(out / 'last.pt')
    assert error.startswith(f'error: step {state.step + 1} of stage train: the loss is ')
    assert f'{out / "last.pt"} is that of step {state.step}, before it' in error
    assert all(value.isfinite().all() for value in state.model.values())
    assert not list(out.glob('*.partial'))
