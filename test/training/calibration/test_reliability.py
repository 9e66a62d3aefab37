# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest

from training.calibration.reliability import (
    at_thresholds,
    auc,
    expected_calibration_error,
    numbers,
    reliability,
)

CONFIDENCES = np.array([0.9, 0.8, 0.35, 0.15])
RIGHT = np.array([True, False, True, False])


def test_auc_counts_pairs_in_their_order():
    assert auc(CONFIDENCES, RIGHT) == 3 / 4  # .35 is below .8
    assert auc(np.full(4, 0.5), RIGHT) == 1 / 2
    assert auc(np.array([0.9, 0.5, 0.5, 0.1]), RIGHT) == 3.5 / 4
    assert math.isnan(auc(CONFIDENCES, np.ones(4, bool)))
    assert math.isnan(auc(np.zeros(0), np.zeros(0, bool)))


def test_bins_and_their_error():
    bins = reliability(np.array([0.92, 0.98, 0.15, 1.0]), np.array([True, False, False, True]))
    assert bins == [(0.15, 0.0, 1), (pytest.approx(2.9 / 3), pytest.approx(2 / 3), 3)]
    assert expected_calibration_error(bins) == pytest.approx((0.15 + 0.9) / 4)
    assert expected_calibration_error([]) == 0


def test_precision_and_recall_at_thresholds():
    found = {row['min_confidence']: row for row in at_thresholds(CONFIDENCES, RIGHT)}
    assert found[0.0] == {'min_confidence': 0.0, 'precision': 0.5, 'recall': 1.0, 'kept': 1.0}
    assert found[0.3] == {'min_confidence': 0.3, 'precision': 2 / 3, 'recall': 1, 'kept': 0.75}
    assert found[0.7] == {'min_confidence': 0.7, 'precision': 0.5, 'recall': 0.5, 'kept': 0.5}
    nothing = at_thresholds(np.array([0.2]), np.array([True]))[-1]
    assert (nothing['precision'], nothing['recall'], nothing['kept']) == (1, 0, 0)


def test_all_numbers():
    found = numbers(CONFIDENCES, RIGHT)
    assert (found['matches'], found['right'], found['auc']) == (4, 0.5, 0.75)
    assert len(found['reliability']) == 4 and len(found['thresholds']) == 5
