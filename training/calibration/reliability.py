# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How well confidences tell right matches from wrong ones, and whether they are probabilities."""
from __future__ import annotations

from typing import Any

import numpy as np

BINS = 10
THRESHOLDS = (0.0, 0.1, 0.3, 0.5, 0.7)  # of min_confidence


def auc(confidences: np.ndarray, right: np.ndarray) -> float:
    """Return the area under the ROC curve of (M,): how often a right match is above a wrong one.

    Equals count half; NaN where all are right or all wrong.
    """
    values, places, counts = np.unique(confidences, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]  # from 1, the mean of equals
    positive = int(right.sum())
    negative = len(right) - positive
    if not positive or not negative or not len(values):
        return float('nan')
    return float((ranks[right].sum() - positive * (positive + 1) / 2) / (positive * negative))


def reliability(confidences: np.ndarray, right: np.ndarray) -> list[tuple[float, float, int]]:
    """Return (mean confidence, share that is right, count) of each of BINS that is not empty."""
    bins = np.minimum((confidences * BINS).astype(int), BINS - 1)
    return [(float(confidences[bins == i].mean()), float(right[bins == i].mean()),
             int((bins == i).sum())) for i in range(BINS) if (bins == i).any()]


def expected_calibration_error(bins: list[tuple[float, float, int]]) -> float:
    """Return ECE: the mean distance of confidence and share in the bins, weighted by counts."""
    total = sum(count for *_, count in bins)
    return sum(count * abs(mean - share) for mean, share, count in bins) / max(total, 1)


def at_thresholds(confidences: np.ndarray, right: np.ndarray) -> list[dict[str, float]]:
    """Return precision and recall of right matches, and what is kept, at each of THRESHOLDS.

    recall is of the right matches without a threshold; precision is 1 where nothing is kept.
    """
    found = []
    for threshold in THRESHOLDS:
        kept = confidences >= threshold
        correct = int((kept & right).sum())
        found.append({'min_confidence': threshold,
                      'precision': correct / kept.sum() if kept.any() else 1.0,
                      'recall': correct / max(int(right.sum()), 1), 'kept': float(kept.mean())})
    return found


def numbers(confidences: np.ndarray, right: np.ndarray) -> dict[str, Any]:
    """Return all of these of matches (M,)."""
    bins = reliability(confidences, right)
    return {'matches': len(right), 'right': float(right.mean()),
            'auc': auc(confidences, right), 'ece': expected_calibration_error(bins),
            'reliability': bins, 'thresholds': at_thresholds(confidences, right)}
