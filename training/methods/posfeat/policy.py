# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Stage 2: keypoints by policy gradient (section 3.3; supplement, section 3; DISK)."""
from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.distributions import Bernoulli, Categorical
from torch.nn import functional

from training.geometry import epipolar_lines
from training.methods.posfeat.config import PolicyConfig
from training.methods.posfeat.search import unit_rows


@dataclass(frozen=True)
class Chosen:
    """At most one keypoint of each cell of scores (B, H, W), N cells in rows.

    points: (B, N, 2) pixels. accepted: (B, N) bool, Q. log_probability: (B, N) of P_kp, the
    supplement's equation 1.
    """

    points: Tensor
    accepted: Tensor
    log_probability: Tensor


def cells(scores: Tensor, cell: int) -> Tensor:
    """Cut (B, H, W) into whole cells -> (B, N, cell^2), cells and their pixels in rows."""
    rows, columns = (side // cell for side in scores.shape[1:])
    cut = scores[:, :rows * cell, :columns * cell].unflatten(2, (columns, cell))
    return cut.unflatten(1, (rows, cell)).transpose(2, 3).flatten(3).flatten(1, 2)


def log_probabilities(grid: Tensor) -> Tensor:
    """Return log P_kp of each pixel of cells (B, N, S): supplement, equation 1."""
    return grid.log_softmax(2) + functional.logsigmoid(grid)


def choose(scores: Tensor, cell: int) -> Chosen:
    """Propose a pixel of each cell by softmax, and accept it by the sigmoid of its score."""
    grid = cells(scores, cell)
    with torch.no_grad():
        proposed = Categorical(logits=grid).sample()  # (B, N)
        logits = grid.gather(2, proposed[..., None]).squeeze(2)
        accepted = Bernoulli(logits=logits).sample() > 0
        columns = scores.shape[2] // cell
        number = torch.arange(grid.shape[1], device=scores.device)
        x = number % columns * cell + proposed % cell
        y = number // columns * cell + proposed // cell
        points = torch.stack([x, y], 2).float()
    chosen = log_probabilities(grid).gather(2, proposed[..., None]).squeeze(2)
    return Chosen(points, accepted, chosen)


def log_matching(similarity: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Return log P_m (B, N, M): log softmax over rows and over columns, supplement, equation 3.

    Args:
        similarity: (B, N, M), times the temperature.
        first: (B, N) which rows are in Q_1.
        second: (B, M) which columns are in Q_2.

    Returns:
        -inf where one of the two is not in its set.
    """
    both = first[:, :, None] & second[:, None]
    masked = similarity.masked_fill(~both, -1e9)
    return (masked.log_softmax(1) + masked.log_softmax(2)).masked_fill(~both, -torch.inf)


def matching(similarity: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Return P_m (B, N, M), 0 where one of the two is not in its set; see log_matching."""
    return log_matching(similarity, first, second).exp()


def rewards(first: Tensor, second: Tensor, fundamental: Tensor, config: PolicyConfig) -> Tensor:
    """Return R (B, N, M) of pixels (B, N, 2) and (B, M, 2): equation 9."""
    lines = epipolar_lines(first, fundamental)
    near = (functional.pad(second, (0, 1), value=1.0) @ lines.transpose(1, 2)).abs().mT \
        <= config.near_px
    return torch.where(near, config.right, config.wrong)


def charged(config: PolicyConfig, step: int) -> PolicyConfig:
    """Return the settings with the charges of a step, from 0 on."""
    share = min(1.0, step / config.ramp_steps) if config.ramp_steps else 1.0
    return replace(config, wrong=share * config.wrong, keypoint=share * config.keypoint)


def certain(probability: Tensor, reward: Tensor, config: PolicyConfig) -> Tensor:
    """Set P_m to 0 where the reward is positive and P_m < 0.9 (supplement, section 3)."""
    return probability.masked_fill((reward > 0) & (probability < config.certain), 0)


def policy_terms(chosen: tuple[Chosen, Chosen], probability: Tensor, reward: Tensor,
                 config: PolicyConfig,
                 log_matches: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """Return the sums of equation 10.

    Args:
        chosen: keypoints of both views.
        probability: (B, N, M) P_m, 0 where a keypoint was not accepted.
        reward: (B, N, M) R.
        config: how.
        log_matches: (B, N, M) log P_m where it is rewarded too: the gradient of the expected
            reward then is that of descriptors as well (DISK's, arXiv 2006.13566).

    Returns:
        the loss before it is divided, |Q_1| + |Q_2|, and the sum of P_m R.
    """
    first, second = chosen
    gained = (probability * reward).detach()  # no gradient but the policy's
    logs = first.log_probability[:, :, None] + second.log_probability[:, None]
    if log_matches is not None:
        logs = logs + log_matches.masked_fill(gained == 0, 0)  # -inf there
    rewarded = (gained * logs).sum()  # equation 11
    regular = ((first.log_probability * first.accepted).sum()
               + (second.log_probability * second.accepted).sum())
    count = first.accepted.sum() + second.accepted.sum()
    return -(rewarded + config.keypoint * regular), count, gained.sum()


def detect_terms(scores: Tensor, dense: Tensor, valid: Tensor, fundamental: Tensor, stride: int,
                 config: PolicyConfig) -> tuple[Tensor, Tensor, Tensor]:
    """Draw keypoints and return policy_terms of a batch.

    Args:
        scores: (B, 2, H, W).
        dense: (B, 2, C, H / stride, W / stride).
        valid: (B, 2, H, W) bool; keypoints elsewhere are not accepted.
        fundamental: (B, 3, 3), p_2^T F p_1 = 0.
        stride: pixels to a cell of `dense`.
        config: how.
    """
    chosen, rows = [], []
    for view in (0, 1):
        drawn = choose(scores[:, view], config.cell)
        shown = flags_at(valid[:, view], drawn.points)
        chosen.append(Chosen(drawn.points, drawn.accepted & shown, drawn.log_probability))
        rows.append(unit_rows(dense[:, view], drawn.points, stride))
    first, second = chosen
    reward = rewards(first.points, second.points, fundamental, config)
    log_matches = log_matching(config.temperature * rows[0] @ rows[1].mT, first.accepted,
                               second.accepted)
    probability = certain(log_matches.detach().exp(), reward, config)
    return policy_terms((first, second), probability, reward, config,
                        log_matches if config.matches else None)


def flags_at(flags: Tensor, points: Tensor) -> Tensor:
    """Return flags (B, H, W) at whole pixels (B, N, 2) -> (B, N)."""
    x, y = points.long().unbind(2)
    return flags.flatten(1).gather(1, y * flags.shape[2] + x)
