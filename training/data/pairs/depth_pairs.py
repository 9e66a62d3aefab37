# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs of photographs with depth and poses, for methods that find their own keypoints."""
from __future__ import annotations

import numpy as np

from residual_features_ros.geometry.epipolar import fundamental
from residual_features_ros.geometry.pose import pose_matrix, relative_pose
from training.config import DataConfig
from training.data.pairs.depth_views import photographed
from training.data.sources.posed import PosedPairs


class DepthPairs:
    """Sample number -> pair, a pure function of (seed, number), with DepthKeypointPairs' views.

    An item is a dictionary of numpy arrays, x_2 = pose x_1 in camera coordinates:
        images (2, H, W, 3) uint8 BGR
        depth (2, H, W) float32 along the optical axis in the source's unit, 0 where it is unknown
        K (2, 3, 3) float32, of the crops: turned ones have no zeros below the diagonal
        pose (4, 4) float32 from the first camera's coordinates to the second's
        fundamental (3, 3) float32 of norm 1, p_2^T F p_1 = 0 in pixels
    """

    def __init__(self, source: PosedPairs, config: DataConfig, seed: int, length: int) -> None:
        """Hold the source; `length` is the number of samples."""
        self.source, self.config, self.seed, self.length = source, config, seed, length

    def __len__(self) -> int:
        """Return the number of samples."""
        return self.length

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        """Make sample `number`."""
        views = photographed(self.source, self.config, self.seed, number)
        moved = relative_pose(*views)
        return {'images': np.stack([view.image for view in views]),
                'depth': np.stack([view.depth for view in views]),
                'K': np.stack([view.K for view in views]).astype(np.float32),
                'pose': pose_matrix(*moved).astype(np.float32),
                'fundamental': fundamental(views[0].K, views[1].K, *moved).astype(np.float32)}
