# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A video with a pose for each image, and depth or not: K.txt, poses.txt, images/, depth/.

K.txt has the 3x3 matrix of the images' pixels, poses.txt a row of 16 or 12 numbers for each image
in the order of names: camera to world, row by row. depth/ has a 16 bit PNG in millimetres for
each image, registered to it, of the same name but for the suffix; its frame may be smaller.
"""
from __future__ import annotations

from pathlib import Path

from residual_features_ros.datasets.image_files import image_size, list_images
from residual_features_ros.datasets.kitti import along, read_poses
from residual_features_ros.datasets.posed_images import DepthMap, Sequence
from residual_features_ros.datasets.stamps import FIRST_NS, stamped
from residual_features_ros.datasets.text_files import read_matrix
from residual_features_ros.geometry.camera import Camera

MILLIMETRES = 1e-3


def read(folder: Path, hz: float | None = None) -> Sequence:
    """Return a sequence whose frames have `hz` (10 by default).

    Raises:
        DatasetError: a file that is missing or of another form; it is named.
    """
    files = list_images(folder / 'images', 2)
    images, note = stamped(files, hz)
    camera = Camera(read_matrix(folder / 'K.txt', (3, 3)), image_size(files[0]))
    poses = read_poses(folder / 'poses.txt', len(files))
    depths = [folder / 'depth' / f'{file.stem}.png' for file in files]
    there = tuple(DepthMap(path, MILLIMETRES) if path.is_file() else None for path in depths)
    return Sequence(images, camera, along(images, poses), poses, there, [note],
                    FIRST_NS)
