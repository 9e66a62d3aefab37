# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Aachen Day-Night v1.1 (visuallocalization.net): a posed map, and queries without poses.

<root>/images_upright/db/*, query/day/*/*, query/night/*/*   or <root>/images/images_upright/
<root>/3D-models/aachen_v_1_1/                               COLMAP's model, lenses with distortion
<root>/queries/*_time_queries_with_intrinsics.txt            'name model width height params'

Source of the layout: the data set's README, and hloc's pipeline for it.
"""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.datasets.colmap import camera_of, overlapping
from residual_features_ros.datasets.posed_images import UNKNOWN, PosedImage, Scene
from residual_features_ros.errors import DatasetError

MODEL = Path('3D-models/aachen_v_1_1')
QUERIES = 'queries/*_time_queries_with_intrinsics.txt'


def is_here(root: Path) -> bool:
    """Tell whether a folder has Aachen's layout."""
    return (root / MODEL).is_dir()


def read(root: Path) -> Scene:
    """Return the map's photographs with poses and the queries with NaN for theirs.

    Covisible are those of the map that share a tenth of the model's points.

    Raises:
        DatasetError: images, model or lists of queries are missing or wrong; they are named.
    """
    images = next((folder for folder in (root / 'images_upright', root / 'images/images_upright')
                   if folder.is_dir()), None)
    if images is None:
        raise DatasetError(f'{root}/images_upright: no such folder')
    mapped, seen = [], []
    for image in sorted(_model(root / MODEL).images.values(), key=lambda image: image.name):
        matrix, lens = image.cam_from_world().matrix(), image.camera
        mapped.append(PosedImage(
            image.name, images / image.name,
            camera_of(lens.model.name, lens.width, lens.height, lens.params),
            matrix[:, :3], matrix[:, 3]))
        seen.append(np.unique([p.point3D_id for p in image.get_observation_points2D()]))
    asked = queries(root, images)
    points = (*seen, *(np.zeros(0, np.int64) for _ in asked))
    return Scene(root.name, images, (*mapped, *asked), overlapping(seen), points=points)


def _model(folder: Path) -> Any:
    import pycolmap
    try:
        return pycolmap.Reconstruction(folder)
    except (ValueError, RuntimeError, OSError) as error:
        raise DatasetError(f'{folder}: no model of COLMAP to use ({error})') from error


def queries(root: Path, images: Path) -> list[PosedImage]:
    """Return the queries of all lists."""
    found = []
    lists = sorted(root.glob(QUERIES))
    if not lists:
        raise DatasetError(f'{root}/{QUERIES}: no such file')
    for path in lists:
        for line in path.read_text(encoding='utf-8').splitlines():
            try:
                name, model, width, height, *params = line.split()
                lens = camera_of(model, int(width), int(height), np.array(params, float))
            except ValueError as error:
                raise DatasetError(f'{path}: expected "name model width height params", got '
                                   f'{line!r}') from error
            found.append(PosedImage(name, images / name, lens, UNKNOWN, UNKNOWN[0]))
    return found
