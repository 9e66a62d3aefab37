# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Orientations and hand-crafted rows of keypoints that have none yet."""
from __future__ import annotations

import dataclasses

from residual_features_ros.rows.orientation import orientations
from residual_features_ros.rows.pyramid import View
from residual_features_ros.rows.sift_rows import root, sift_rows
from residual_features_ros.rows.windows import keypoint_rows
from residual_features_ros.types import Features


def describe(view: View, features: Features, rooted: bool) -> Features:
    """Return features with SIFT's rows, rooted or not, in the place of none.

    Keypoints without an orientation, whose angle is -1, get one first.
    """
    if features.descriptors.shape[1]:
        return features
    if (features.angles < 0).any():
        angles = orientations(view.levels, keypoint_rows(features))
        features = dataclasses.replace(features, angles=angles)
    rows = sift_rows(view.levels, keypoint_rows(features))
    return dataclasses.replace(features, descriptors=root(rows) if rooted else rows)
