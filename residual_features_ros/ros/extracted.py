# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a node publishes from: an input with its features."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from residual_features_ros.ros.parameters import NodeParameters
from residual_features_ros.timings import Timings
from residual_features_ros.types import Features


@dataclass(frozen=True)
class Extracted:
    """An input whose features are there, and what counts for it alone.

    item: as it was offered.
    images: of each camera, (H, W) grey or (H, W, 3) BGR uint8.
    features: of each image.
    settings: as they were when its work began.
    timings: of its stages so far.
    """

    item: Any
    images: Sequence[np.ndarray]
    features: Sequence[Features]
    settings: NodeParameters
    timings: Timings
