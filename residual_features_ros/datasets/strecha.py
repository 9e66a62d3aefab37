# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Strecha et al. 2008: images/, and cameras/<image>.camera with K, three zeros, R, centre, size.

R is camera to world, and the size that of the image that K is for. Source: README of the
benchmark.
"""
from __future__ import annotations

from pathlib import Path

import numpy as np

from residual_features_ros.datasets.image_files import list_images
from residual_features_ros.datasets.posed_images import PosedImage, Scene, rigid
from residual_features_ros.datasets.text_files import read_rows
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.camera import Camera


def read(folder: Path, name: str) -> Scene:
    """Return the images of a scene; DatasetError names a camera that is missing or wrong."""
    images = folder / 'images' if (folder / 'images').is_dir() else folder
    found = []
    for path in list_images(images, 2):
        file = folder / 'cameras' / f'{path.name}.camera'
        if not file.is_file():
            raise DatasetError(f'{file}: no such file; each image has one, its camera and pose')
        values = read_rows(file, (26,))[0]
        to_world, centre = values[12:21].reshape(3, 3), values[21:24]
        R, t = rigid(np.c_[to_world.T, -to_world.T @ centre], file)
        camera = Camera(values[:9].reshape(3, 3), (int(values[24]), int(values[25])))
        found.append(PosedImage(path.name, path, camera, R, t))
    return Scene(name, images, tuple(found))
