# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What learning from a sequence is asked for."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

METHOD = 'residual_hessian_small'
LEAST = 24  # frames to learn anything from


@dataclass(frozen=True)
class LearnOptions:
    """Where images come from, how long it may take, and the folder of everything it writes.

    bag: with its image topic, '' for the only one; else images: a folder of frames in the order
        of their names, or sequence: a folder in a layout of datasets.layouts.
    general: photographs that the new weights must not be worse on, None for those that
        scikit-learn brings.
    weights: folder of those to begin with and to be better than, '' for the shipped ones.
    minutes: of wall-clock time for everything, reading and judging too; of each round of live,
        from when its frames are there.
    most: frames to use.
    live: instead of these a topic of images that is listened to, round after round.
    rounds: of live, in one folder; 0 = until it is stopped.
    node: its full name, in the command that gives new weights to it.
    """

    out: Path
    bag: Path | None = None
    topic: str = ''
    images: Path | None = None
    sequence: Path | None = None
    general: Path | None = None
    method: str = METHOD
    weights: str = ''
    minutes: float = 10.0
    most: int = 360
    lr: float = 6e-4
    seed: int = 0
    live: str = ''
    rounds: int = 0
    node: str = '/extractor'
