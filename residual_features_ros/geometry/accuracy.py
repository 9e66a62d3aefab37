# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of many relative poses as one number."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FAILED_DEG = 180.0  # error of a pair whose motion is not found, the largest there is


def maa(errors_deg: Sequence[float] | np.ndarray, most_deg: int) -> float:
    """Return the mean average accuracy: the mean, over 1, 2, ... `most_deg`, of errors below it.

    Image Matching Challenge (Jin et al. 2021, section 3.2); 0 for no errors.
    """
    errors = np.asarray(errors_deg, float)
    if not errors.size:
        return 0.0
    return float(np.mean([(errors < limit).mean() for limit in range(1, most_deg + 1)]))
