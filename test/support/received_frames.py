# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames as a back-end receives them, made by hand."""
import numpy as np

from residual_features_ros.ros.conversions import KEYPOINT_FIELDS, MATCH_ROW
from residual_features_ros.tools.harness.recording import Frame

KEYPOINT_ROW = np.dtype([*KEYPOINT_FIELDS, ('descriptor', 'u1', (4,))])
POINTS = np.random.default_rng(0).uniform(0, 300, (40, 2)).astype(np.float32)
WRONG = 6


def match_rows(shift):
    """Return matches of POINTS moved by `shift` pixels in x, the last six wrong."""
    rows = np.zeros(len(POINTS), MATCH_ROW)
    rows['prev_x'], rows['prev_y'] = POINTS.T
    rows['x'], rows['y'] = rows['prev_x'] + shift, rows['prev_y']
    rows['x'][-WRONG:] += [60, -50, 0, 70, -45, 20]
    rows['y'][-WRONG:] += [-20, 80, 45, 0, -60, 90]
    rows['id'] = np.arange(len(POINTS))
    return rows


def sequence():
    """Return three frames 100 ms apart: answered after 20 and 40 ms, then lost."""
    features = np.zeros(50, KEYPOINT_ROW)
    return [Frame(1, 0, 20_000_000, features, match_rows(0)[:0]),
            Frame(2, 100_000_000, 140_000_000, features, match_rows(3)),
            Frame(3, 200_000_000)]
