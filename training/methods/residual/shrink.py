# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What h's images are shrunk by where the method runs, and is validated."""
from __future__ import annotations

import copy
import dataclasses

from residual_features_ros.keypoints.table import DETECTORS
from training.methods.residual.config import ResidualConfig
from training.methods.residual.model import ResidualNetwork, windows_of

# Of h's images where f sees windows too. On the Oxford pairs at 640x480 small has 6079, 6044, 6013
# and 5970 correct matches with 1, 2, 3 and 4, full 6032, 6005, 5977 and 5926. Beside a detector
# slower than h it is 1: surf_small has 5025 with 1, 4760 with 2.
SHRINK = {'small': 2, 'full': 3}


def shrink_of(config: ResidualConfig) -> int:
    """Return what h's images are shrunk by where the method runs.

    It is what they are trained with, but for an f that was trained with whole images and sees
    windows too.
    """
    if config.model.shrink > 1 or not windows_of(config.model):
        return config.model.shrink
    return 1 if DETECTORS[config.handcrafted].slower_than_h else SHRINK[config.model.backbone]


def as_it_runs(model: ResidualNetwork, shrink: int) -> ResidualNetwork:
    """Return the same networks with an h that sees images at 1 / shrink of their size."""
    running = copy.copy(model)  # the parameters are the model's
    running.config = dataclasses.replace(model.config, shrink=shrink)
    return running


def shrink_told(model: ResidualNetwork, shrink: int) -> dict[str, float]:
    """Return the shrink for the scores of a model that was trained with another; {} else."""
    return {} if shrink == model.config.shrink else {'shrink': float(shrink)}
