# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The network of the attention matcher: two sets of keypoints -> who is whose partner.

Each keypoint has a state, which begins as its descriptor and place. In each layer it attends to
the seeds, the matches that are surest before, and to all keypoints of the other image. To attend
to 128 seeds costs an eighth of what it costs to attend to 1000 keypoints, and a seed knows both
its ends (the idea is SGMNet's, arXiv 2108.08771; that of attention SuperGlue's, 1911.11763).
"""
from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.methods.attention.config import ModelConfig

FRAME = 5  # numbers of a keypoint: x, y, logarithm of size, cosine and sine of the angle
NOTHING = -1e4  # a logit that is as good as -inf, in bf16 too


class Mix(nn.Module):
    """State and what was attended to -> what is added to the state."""

    def __init__(self, width: int, hidden: int) -> None:
        """Create a perceptron with one hidden layer."""
        super().__init__()
        self.up = nn.Linear(2 * width, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.down = nn.Linear(hidden, width)

    def forward(self, state: Tensor, message: Tensor) -> Tensor:
        """(..., N, width) twice -> (..., N, width)."""
        hidden = self.norm(self.up(torch.cat([state, message], -1)))
        return state + self.down(functional.relu(hidden))


class SeedAttention(nn.Module):
    """Each keypoint looks at the seeds of its image, and sees both ends of each."""

    def __init__(self, config: ModelConfig) -> None:
        """Create the projections."""
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.q, self.k = nn.Linear(width, width), nn.Linear(width, width)
        self.v = nn.Linear(2 * width + 1, width)
        self.mix = Mix(width, config.hidden)

    def forward(self, state: Tensor, other: Tensor, place: Tensor, seeds: Tensor) -> Tensor:
        """Return the states (..., N, width) after they have looked.

        Args:
            state: (..., N, width), the first S are the seeds.
            other: (..., M, width) of the other image, the first S are the partners of the seeds.
            place: (..., N, width) encoded.
            seeds: (..., S, 1) how sure each seed is, in [0, 1]; below 0 for none.
        """
        count = seeds.shape[-2]
        there = state + place
        q = self._split(self.q(there)) * (there.shape[-1] / self.heads) ** -0.5
        k = self._split(self.k(there[..., :count, :]))
        v = self._split(self.v(torch.cat(
            [state[..., :count, :], other[..., :count, :], seeds], -1)))
        logits = q @ k.transpose(-1, -2)
        logits = logits + (seeds < 0).to(logits).transpose(-1, -2).unsqueeze(-3) * NOTHING
        message = (logits.softmax(-1) @ v).transpose(-2, -3).flatten(-2)
        return self.mix(state, message)

    def _split(self, rows: Tensor) -> Tensor:
        return rows.unflatten(-1, (self.heads, -1)).transpose(-2, -3)


class CrossAttention(nn.Module):
    """Each keypoint looks at all of the other image; both directions share the products."""

    def __init__(self, config: ModelConfig) -> None:
        """Create the projections."""
        super().__init__()
        self.q = nn.Linear(config.width, config.width)
        self.v = nn.Linear(config.width, config.width)
        self.mix = Mix(config.width, config.hidden)

    def forward(self, first: Tensor, second: Tensor, hidden: Tensor | None,
                ) -> tuple[Tensor, Tensor]:
        """(..., N, width), (..., M, width) -> the same; hidden (..., N, M) is added to logits."""
        scale = first.shape[-1] ** -0.5
        logits = (self.q(first) * scale) @ self.q(second).transpose(-1, -2)
        if hidden is not None:
            logits = logits + hidden
        forth = logits.softmax(-1) @ self.v(second)
        back = logits.transpose(-1, -2).softmax(-1) @ self.v(first)
        return self.mix(first, forth), self.mix(second, back)


class AttentionNetwork(nn.Module):
    """Two sets of keypoints -> logits of pairs, and of having a partner."""

    frequencies: Tensor

    def __init__(self, config: ModelConfig) -> None:
        """Create the layers; before training, matches are those of the descriptors."""
        super().__init__()
        width = config.width
        frequencies = torch.exp2(torch.linspace(0, 4, config.frequencies)) * (math.pi / 2)
        self.register_buffer('frequencies', frequencies, persistent=False)
        self.describe = nn.Linear(config.dim, width)
        self.place = nn.Sequential(nn.Linear(4 * config.frequencies + FRAME, 64), nn.ReLU(),
                                   nn.Linear(64, width))
        self.seeds = nn.ModuleList(SeedAttention(config) for _ in range(config.layers))
        self.cross = nn.ModuleList(CrossAttention(config) for _ in range(config.layers))
        self.project = nn.Linear(width, width)
        self.partner = nn.Linear(width, 1)
        self.sharpness = nn.Parameter(torch.tensor(15.0))
        nn.init.zeros_(self.project.weight)
        nn.init.zeros_(self.project.bias)
        self.dim = config.dim

    def forward(self, first: tuple[Tensor, Tensor], second: tuple[Tensor, Tensor], seeds: Tensor,
                hidden: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits.

        Args:
            first: frames (..., N, 5) x, y in [-1, 1] of the longest side, size, cosine and sine;
                descriptors (..., N, dim), unit rows. The first S are the seeds, in the order of
                the other image's.
            second: those of the other image, M rows.
            seeds: (..., S, 1) how sure each is, in [0, 1]; below 0 for none.
            hidden: (..., N, M) 0, or NOTHING for pairs with a row that is no keypoint.

        Returns:
            of pairs (..., N, M), of having a partner (..., N) and (..., M).
        """
        places = [self.place(self.encode(frames)) for frames, _ in (first, second)]
        a, b = (self.describe(rows * self.dim**0.5) + place
                for (_, rows), place in zip((first, second), places, strict=True))
        for look, exchange in zip(self.seeds, self.cross, strict=True):
            a, b = look(a, b, places[0], seeds), look(b, a, places[1], seeds)
            a, b = exchange(a, b, hidden)
        scale = a.shape[-1] ** -0.5
        rows = torch.cat([first[1] * self.sharpness, self.project(a) * scale], -1)
        logits = rows @ torch.cat([second[1], b], -1).transpose(-1, -2)
        if hidden is not None:
            logits = logits + hidden
        return logits, self.partner(a).squeeze(-1), self.partner(b).squeeze(-1)

    def encode(self, frames: Tensor) -> Tensor:
        """(..., N, 5) -> (..., N, 4 F + 5): waves of the place beside the frame itself."""
        waves = (frames[..., :2].unsqueeze(-1) * self.frequencies).flatten(-2)
        return torch.cat([waves.sin(), waves.cos(), frames], -1)


class Judge(nn.Module):
    """The network as it is exported: how likely each pair is right."""

    def __init__(self, network: AttentionNetwork) -> None:
        """Wrap the network."""
        super().__init__()
        self.network = network

    def forward(self, *arrays: Tensor) -> Tensor:
        """Frames and descriptors of both images, and seeds -> (N, M)."""
        first_frames, first_rows, second_frames, second_rows, seeds = arrays
        return probabilities(*self.network((first_frames, first_rows),
                                           (second_frames, second_rows), seeds))


def probabilities(logits: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Return (..., N, M) how likely a pair is right: each chooses the other, and has a partner."""
    return (logits.softmax(-1) * logits.softmax(-2) * first.sigmoid().unsqueeze(-1)
            * second.sigmoid().unsqueeze(-2))
