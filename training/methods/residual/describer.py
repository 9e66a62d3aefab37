# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""h and f of both views of a batch, as they are trained."""
from __future__ import annotations

import torch
from torch import Tensor, nn

from training.methods.residual.model import ResidualNetwork, to_input
from training.methods.residual.recipe import MEAN, STD
from training.phase_timer import PhaseTimer


class Describer(nn.Module):
    """h and f as they are trained: h in bf16 where that was asked for, f in fp32."""

    def __init__(self, model: ResidualNetwork, bf16: bool, timer: PhaseTimer) -> None:
        """Hold the networks."""
        super().__init__()
        self.model, self.bf16, self.timer = model, bf16, timer

    def forward(self, images: Tensor, keypoints: Tensor, handcrafted: Tensor,
                windows: Tensor) -> tuple[Tensor, Tensor | None]:
        """KeypointPairs's arrays with a leading B -> (B, 2, K, dim), h's map or None."""
        maps = self.see(images)
        rows = self.model.describe(
            None if maps is None else maps.flatten(0, 1),
            *(array.flatten(0, 1) for array in (keypoints, handcrafted, windows)))
        return rows.unflatten(0, (-1, 2)), maps

    def see(self, images: Tensor) -> Tensor | None:
        """(B, 2, H, W, 3) -> h's map (B, 2, C, H/8, W/8) or None."""
        with torch.autocast(images.device.type, torch.bfloat16, enabled=self.bf16):
            blob = to_input(images.flatten(0, 1), MEAN, STD)
            dense = self.model.see(blob.contiguous(memory_format=torch.channels_last))
        self.timer.mark('h')
        return None if dense is None else dense.unflatten(0, (-1, 2))
