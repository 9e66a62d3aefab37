# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the driver is told."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """How to drive the node.

    images: .npy file, (K, H, W) or (K, H, W, 3) BGR uint8, shown there and back.
    namespace: of the node, whose name is extractor.
    frames: measured; 0 = meet the node and leave.
    rate: in Hz; 0 = `share` of the highest, which `saturate` frames find.
    warm_up: frames that come before all others and are not measured.
    memory_every: frames from one sample of the node's memory to the next.
    pid, started_ns: of the node, told once it runs; the time is time.monotonic_ns.
    """

    images: str
    namespace: str
    frames: int
    rate: float
    saturate: int
    share: float
    warm_up: int
    memory_every: int
    pid: int = 0
    started_ns: int = 0
