# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ScanNet as its SensReader exports it.

color/<n>.jpg, depth/<n>.png in millimetres, pose/<n>.txt (4x4, camera to world; infinite where
tracking was lost) and intrinsic/intrinsic_depth.txt. Photographs are taken at the size of the
depth maps, with whose pixels they agree up to the small difference of both calibrations.
"""
from __future__ import annotations

from pathlib import Path

import numpy as np

from residual_features_ros.datasets.kitti import along
from residual_features_ros.datasets.natural_order import in_natural_order
from residual_features_ros.datasets.posed_images import DepthMap, Sequence
from residual_features_ros.datasets.rgbd import MILLIMETRES
from residual_features_ros.datasets.stamps import FIRST_NS, stamped
from residual_features_ros.datasets.text_files import read_matrix
from residual_features_ros.geometry.camera import Camera


def read(folder: Path, hz: float | None = None) -> Sequence:
    """Return a sequence whose frames have `hz` (10 by default).

    Raises:
        DatasetError: a file that is missing or of another form; it is named.
    """
    K = read_matrix(folder / 'intrinsic' / 'intrinsic_depth.txt', (4, 4))[:3, :3]
    files = in_natural_order(path for path in (folder / 'pose').glob('*.txt')
                             if not path.name.startswith('.'))
    poses = np.array([read_matrix(path, (4, 4)) for path in files])
    poses[~np.isfinite(poses).all((1, 2))] = np.nan
    images, note = stamped([folder / 'color' / f'{path.stem}.jpg' for path in files], hz)
    depths = tuple(DepthMap(folder / 'depth' / f'{path.stem}.png', MILLIMETRES) for path in files)
    return Sequence(images, Camera(K), along(images, poses), poses, depths, [note],
                    FIRST_NS)
