# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Learning whose judgement takes seconds."""
from training.learn import run


def judge_little(monkeypatch):
    """Judge by two pairs of photographs, and try one share of the way."""
    monkeypatch.setattr(run, 'STILLS', range(2))
    monkeypatch.setattr(run, 'OTHERS', range(2, 4))
    monkeypatch.setattr(run, 'SHARES', (.6,))
