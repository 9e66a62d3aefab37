# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints of runs that did not take place."""
import torch

from training import checkpoint
from training.config import to_dict


def save_run(path, config, model, step=1, scores=None, history=None):
    """Write the weights of `model` as the checkpoint of a run's only stage."""
    scores = {'recall': 0.5} if scores is None else scores
    if history is None:
        history = [{'stage': 'train', 'step': step, 'seconds': 0.0, **scores}]
    optimizer = torch.optim.Adam(model.parameters()).state_dict() if model else {}
    weights = model.state_dict() if model else {}
    checkpoint.save(path, checkpoint.TrainState(
        to_dict(config), 'train', step, 0, weights, optimizer, torch.get_rng_state(), scores,
        history, {}))
