# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Training runs that are interrupted."""
import pytest
import torch

from training import checkpoint
from training.progress import Progress
from training.train import train


def train_in_parts(config, out, stops, monkeypatch):
    """Train until the end, killed after each step in `stops` (of all stages); return the state."""
    note = Progress.note
    for stop in stops:
        def killed(self, stage, step, values, stop=stop):
            note(self, stage, step, values)
            if step == stop:
                raise KeyboardInterrupt
        monkeypatch.setattr(Progress, 'note', killed)
        with pytest.raises(KeyboardInterrupt):
            train(config, out)
    monkeypatch.setattr(Progress, 'note', note)
    return checkpoint.load(train(config, out))


def assert_same_run(found, expected):
    """Compare the weights and scores of two checkpoints, bit by bit."""
    for name, value in expected.model.items():
        assert torch.equal(value, found.model[name]), name
    assert found.scores == expected.scores
