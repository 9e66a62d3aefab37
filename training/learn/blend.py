# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Weights on the way from those before to the learned ones; how far to go, the watched part says.

What a short training learns of one place it pays for elsewhere. Half of the way brings more than
half of what it learns and costs less than half of what it forgets (Wortsman et al., Robust
fine-tuning of zero-shot models, CVPR 2022).
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import torch

from training import checkpoint
from training.learn.judge import HARD_GAP, MOST_LOST, Scores
from training.pretrained import read_weights

SHARES = (0.3, 0.6, 1.0)  # of the way


def blend(last: Path, before: str, share: float, out: Path) -> Path:
    """Write a checkpoint between two.

    Args:
        last: the learned one.
        before: what it began with, as read_weights takes it.
        share: of the way from there, 1 for `last` itself.
        out: file to write.

    Returns:
        `out`.
    """
    state, (begun, _, _) = checkpoint.load(last), read_weights(before)
    model = {name: begun[name].lerp(value.float(), share)
             if name in begun and torch.is_floating_point(value) else value
             for name, value in state.model.items()}
    checkpoint.save(out, replace(state, model=model))
    return out


def best_share(scores: Mapping[float, tuple[Scores, Scores]], before: tuple[Scores, Scores],
               told: Callable[[str], None]) -> float:
    """Return the share with the most right matches among those that lose little.

    At hard gaps, or at all where a short sequence has no such pairs to watch by.

    Args:
        scores: of each share, on the watched frames and on photographs.
        before: the same of the weights before.
        told: is told what each share brings.

    Returns:
        the least share where all lose more than half of MOST_LOST on photographs.
    """
    gains = {}
    least = HARD_GAP if before[0].total(HARD_GAP) else 0
    for share, (frames, stills) in scores.items():
        right, others = before[0].total(least), before[1].total()
        gain = frames.total(least) / right - 1 if right else 0.0
        lost = 1 - stills.total() / max(others, 1)
        told(f'{share:.0%} of the way: {gain:+.1%} right matches where it watched, {-lost:+.1%} '
             'on photographs')
        if lost <= MOST_LOST / 2:
            gains[share] = gain
    return max(gains, key=lambda share: gains[share]) if gains else min(scores)
