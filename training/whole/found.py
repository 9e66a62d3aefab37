# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the detectors of whole networks find."""
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

NONE = -1e6  # the score of no keypoint
MOST = 3840  # that TensorRT's TopK ranks


class Found(NamedTuple):
    """Keypoints, strongest first; those whose score is NONE are none.

    places: (B, N, 2) float32 pixels. sizes: (B, N) float32 pixels. scores: (B, N) float32.
    octaves: (B, N) int64. angles: (B, N) degrees, -1 where there is none.
    """

    places: Tensor
    sizes: Tensor
    scores: Tensor
    octaves: Tensor
    angles: Tensor

    @property
    def exists(self) -> Tensor:
        """Return (B, N) which are keypoints."""
        return self.scores > NONE

    def plain(self) -> Found:
        """Return it with a place and a size also where there is no keypoint.

        What a fit makes of flat ground may be no number, which no index can be made of.
        """
        exists = self.exists
        return self._replace(places=torch.where(exists.unsqueeze(2), self.places, 0.0),
                             sizes=torch.where(exists, self.sizes, 1.0))
