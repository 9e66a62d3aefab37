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

import numpy as np

from training.data.layouts import from_colmap
from training.data.views import Camera, Scene, View

MODEL = Path('3D-models/aachen_v_1_1')
QUERIES = 'queries/*_time_queries_with_intrinsics.txt'
UNKNOWN = np.full((3, 3), np.nan)  # a query's pose
# COLMAP's models by name: how many focal lengths, then cx, cy, then distortion.
FOCAL_LENGTHS = {'SIMPLE_PINHOLE': 1, 'PINHOLE': 2, 'SIMPLE_RADIAL': 1, 'RADIAL': 1, 'OPENCV': 2}


def is_here(root: Path) -> bool:
    """Tell whether a folder has Aachen's layout."""
    return (root / MODEL).is_dir()


def open_scene(root: Path) -> Scene:
    """Return the map's photographs with poses and the queries with NaN for theirs.

    pairs are those of the map that share a tenth of the model's points.

    Raises:
        ValueError: images, model or lists of queries are missing or wrong; they are named.
    """
    import pycolmap

    from training.data.colmap import Photograph, overlapping
    from training.data.layouts import LEAST_OVERLAP
    images = next((folder for folder in (root / 'images_upright', root / 'images/images_upright')
                   if folder.is_dir()), None)
    if images is None:
        raise ValueError(f'{root}/images_upright: no such folder')
    try:
        model = pycolmap.Reconstruction(root / MODEL)
    except (ValueError, RuntimeError, OSError) as error:
        raise ValueError(f'{root / MODEL}: no model of COLMAP to use ({error})') from error
    views, seen = [], []
    for image in sorted(model.images.values(), key=lambda image: image.name):
        matrix = image.cam_from_world().matrix()
        lens = image.camera
        views.append(View(image.name, images / image.name,
                          camera(lens.model.name, lens.width, lens.height, lens.params),
                          matrix[:, :3], matrix[:, 3]))
        seen.append(Photograph(image.name, UNKNOWN, UNKNOWN, UNKNOWN[0], np.unique(
            [p.point3D_id for p in image.get_observation_points2D()])))
    pairs = overlapping(seen, LEAST_OVERLAP)
    return Scene(root.name, images, (*views, *queries(root, images)), pairs)


def queries(root: Path, images: Path) -> list[View]:
    """Return the queries of all lists."""
    found = []
    lists = sorted(root.glob(QUERIES))
    if not lists:
        raise ValueError(f'{root}/{QUERIES}: no such file')
    for path in lists:
        for line in path.read_text(encoding='utf-8').splitlines():
            words = line.split()
            try:
                name, model, width, height, *params = words
                lens = camera(model, int(width), int(height), np.array(params, float))
            except ValueError as error:
                raise ValueError(f'{path}: expected "name model width height params", got '
                                 f'{line!r}') from error
            found.append(View(name, images / name, lens, UNKNOWN, UNKNOWN[0]))
    return found


def camera(model: str, width: int, height: int, params: np.ndarray) -> Camera:
    """Return the camera of COLMAP's model and parameters; ValueError for a model not known."""
    if model not in FOCAL_LENGTHS:
        raise ValueError(f'camera model {model!r}: known are {", ".join(FOCAL_LENGTHS)}')
    count = FOCAL_LENGTHS[model]
    focal, (cx, cy), distortion = params[:count], params[count:count + 2], params[count + 2:]
    K = np.array([[focal[0], 0, cx], [0, focal[-1], cy], [0, 0, 1.0]])
    return Camera(from_colmap(K), (width, height), tuple(map(float, distortion)))
