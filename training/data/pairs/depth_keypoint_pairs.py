# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs of real photographs with hand-crafted keypoints: depth and poses say which correspond."""
from __future__ import annotations

import numpy as np

from residual_features_ros.rows.windows import keypoint_rows
from residual_features_ros.types import float_rows
from training.data.correspondence import carry, correspond, pad
from training.data.pairs.depth_views import photographed
from training.data.pairs.detected_pairs import DetectedPairs
from training.data.rgbd_views import NOWHERE, RgbdView
from training.data.sources.posed import PosedPairs


class DepthKeypointPairs(DetectedPairs[PosedPairs]):
    """KeypointPairs' items, but for the homography, from pairs of photographs.

    valid is False for keypoints whose place in the other view is unknown: no depth, or the other
    view shows something nearer or has no depth there. They are neither positives nor negatives.
    Keypoints that the other view does not reach are negatives.
    """

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        """Make sample `number`, a pure function of (seed, number)."""
        views = photographed(self.source, self.config, self.seed, number)
        rows, descriptors = [], []
        for view in views:
            found = self.detect(view.image)
            rows.append(keypoint_rows(found))
            descriptors.append(float_rows(found.descriptors))
        return collate(views, rows, descriptors, self.config.keypoints,
                       upright=self.upright)


def collate(views: list[RgbdView], rows: list[np.ndarray], descriptors: list[np.ndarray],
            count: int, upright: bool) -> dict[str, np.ndarray]:
    """Pad keypoints (N, 4) and descriptors (N, D) of two views and find the corresponding ones."""
    predicted, seen, unknown = carry(rows[0], views[0], views[1])
    _, seen_back, unknown_back = carry(rows[1], views[1], views[0])
    match = correspond(predicted, rows[1], upright)
    match[~seen] = -1
    if len(rows[1]):
        match[~seen_back[match]] = -1
    predicted[unknown] = NOWHERE
    return {
        'images': np.stack([view.image for view in views]),
        'keypoints': np.stack([pad(r, count) for r in rows]),
        'handcrafted': np.stack([pad(d, count) for d in descriptors]),
        'valid': np.stack([pad(~unknown, count), pad(~unknown_back, count)]),
        'projected': pad(predicted[:, :2].astype(np.float32), count, NOWHERE),
        'match': pad(match, count, -1),
    }
