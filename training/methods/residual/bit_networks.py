# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Networks b: descriptors of f -> bits, made of these alone or beside TEBLID's."""
from __future__ import annotations

import torch
from torch import Tensor, nn

from residual_features_ros.errors import ConfigError
from residual_features_ros.keypoints.boosted import BYTES
from training.methods.residual.config import BitsConfig

SHARE = 0.7  # of the learned values at the start, beside TEBLID's bits


def bit_network(dim: int, config: BitsConfig) -> nn.Module:
    """Return b for descriptors of `dim` values; ConfigError where TEBLID has not as many bits."""
    return (CorrectedBits if config.teblid else BitNetwork)(dim, config.count)


class BitNetwork(nn.Linear):
    """b: descriptors (..., dim) -> (..., bits), whose signs are bits.

    It starts as a tight frame, of orthonormal columns: of 128 values at random bits' distances
    are then as near to angles as 256 hyperplanes can be.
    """

    inputs: tuple[str, ...] = ('descriptors',)

    def __init__(self, dim: int, bits: int) -> None:
        """Create it."""
        super().__init__(dim, bits)
        nn.init.orthogonal_(self.weight)
        nn.init.zeros_(self.bias)


class CorrectedBits(nn.Module):
    """b that corrects TEBLID's bits: beside a BitNetwork each of them has a learned weight."""

    inputs = ('descriptors', 'teblid')

    def __init__(self, dim: int, bits: int) -> None:
        """Create it; ConfigError where TEBLID has another number of bits."""
        super().__init__()
        if bits != 8 * BYTES:
            raise ConfigError(f'bits.teblid needs bits.count={8 * BYTES}, got {bits}')
        self.learned = BitNetwork(dim, bits)
        self.scale = nn.Parameter(torch.ones(bits))
        with torch.no_grad():
            self.learned.weight.mul_(SHARE)

    def forward(self, descriptors: Tensor, teblid: Tensor) -> Tensor:
        """(..., dim), (..., bits) unit rows -> (..., bits), whose signs are bits."""
        learned: Tensor = self.learned(descriptors)
        return learned + self.scale * teblid
