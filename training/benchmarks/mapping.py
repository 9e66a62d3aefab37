# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""COLMAP itself, through pycolmap: matches -> a sparse model, and the numbers of a model.

Cameras are known and stay as they are. One thread and a seed make a run repeatable.
"""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pycolmap

from training.benchmarks.colmap_files import to_colmap, write_database, write_pairs
from training.benchmarks.pose_metrics import (
    FAILED_DEG,
    aligned_errors,
    relative_error_deg,
)
from training.benchmarks.shots import Matched, Shot
from training.data.views import relative_pose

LEAST_IMAGES = 3  # of a model, as the Image Matching Challenge asks for
Pose = tuple[np.ndarray, np.ndarray]


def quiet() -> None:
    """Let COLMAP say errors alone."""
    pycolmap.logging.minloglevel = pycolmap.logging.ERROR.value


def reconstruct(matched: Matched, numbers: Sequence[int], seed: int,
                ) -> pycolmap.Reconstruction | None:
    """Return the model with the most images that COLMAP builds from shots, None for none.

    Args:
        matched: shots and their matches; all pairs of `numbers` are verified.
        numbers: which shots; image k + 1 of the model is the k-th of them.
        seed: of every draw of COLMAP.
    """
    quiet()
    with TemporaryDirectory(prefix='mapping-') as name:
        folder = Path(name)
        verified(folder, matched, numbers, seed)
        options = pycolmap.IncrementalPipelineOptions(
            min_model_size=LEAST_IMAGES, random_seed=seed, num_threads=1, extract_colors=False)
        hold_cameras(options)
        models = pycolmap.incremental_mapping(folder / 'database.db', folder, folder, options)
        if not models:
            return None
        return max(models.values(), key=lambda m: (m.num_reg_images(), m.num_points3D()))


def hold_cameras(options: pycolmap.IncrementalPipelineOptions) -> None:
    """Let no step change a camera."""
    options.ba_refine_focal_length = options.ba_refine_extra_params = False
    options.mapper.abs_pose_refine_focal_length = False
    options.mapper.abs_pose_refine_extra_params = False


def verified(folder: Path, matched: Matched, numbers: Sequence[int], seed: int) -> Path:
    """Write database.db with matches that COLMAP has verified, and return its path."""
    shots = [matched.shots[k] for k in numbers]
    places = {number: place for place, number in enumerate(numbers)}
    pairs = [(places[a], places[b], indices) for a, b, indices in matched.among(numbers)]
    database = folder / 'database.db'
    write_database(database, shots, pairs)
    write_pairs(folder / 'pairs.txt', shots, pairs)
    options = pycolmap.TwoViewGeometryOptions()
    options.ransac.random_seed = seed
    pycolmap.set_random_seed(seed)
    if pairs:
        pycolmap.verify_matches(database, folder / 'pairs.txt', options)
    return database


def known_poses(shots: Sequence[Shot]) -> pycolmap.Reconstruction:
    """Return a model of cameras and true poses without points; shot k is image k + 1."""
    model = pycolmap.Reconstruction()
    for number, shot in enumerate(shots, 1):
        model.add_camera_with_trivial_rig(to_colmap(shot.camera, number))
        image = pycolmap.Image(name=shot.view.name, camera_id=number, image_id=number,
                               keypoints=shot.features.keypoints.astype(float) + 0.5)
        model.add_image_with_trivial_frame(
            image, pycolmap.Rigid3d(np.c_[shot.view.R, shot.view.t]))
    return model


def triangulate(matched: Matched, numbers: Sequence[int], seed: int = 0,
                ) -> pycolmap.Reconstruction:
    """Return the map of shots with their true poses, points by COLMAP."""
    quiet()
    with TemporaryDirectory(prefix='mapping-') as name:
        folder = Path(name)
        database = verified(folder, matched, numbers, seed)
        options = pycolmap.IncrementalPipelineOptions(random_seed=seed, num_threads=1,
                                                      extract_colors=False)
        hold_cameras(options)
        model = known_poses([matched.shots[k] for k in numbers])
        return pycolmap.triangulate_points(model, database, folder, folder, options=options)


def poses(model: pycolmap.Reconstruction | None) -> dict[int, Pose]:
    """Return R and t of the registered images, by their place among the shots."""
    if model is None:
        return {}
    found = {}
    for number in model.reg_image_ids():
        matrix = model.image(number).cam_from_world().matrix()
        found[number - 1] = (matrix[:, :3], matrix[:, 3])
    return found


def numbers_of(model: pycolmap.Reconstruction | None, images: int) -> dict[str, Any]:
    """Return what a model is: counts, and means of tracks and pixels; None where it is empty."""
    if model is None or not model.num_points3D():
        return {'images': images, 'registered': 0, 'points': 0, 'observations': 0, 'track': None,
                'reproj_px': None}
    return {'images': images, 'registered': model.num_reg_images(),
            'points': model.num_points3D(), 'observations': model.compute_num_observations(),
            'track': model.compute_mean_track_length(),
            'reproj_px': model.compute_mean_reprojection_error()}


def pair_errors(found: dict[int, Pose], shots: Sequence[Shot]) -> list[float]:
    """Return the larger error in degrees of every two shots; 180 where one is not registered."""
    errors = []
    for a, first in enumerate(shots):
        for b in range(a + 1, len(shots)):
            if a not in found or b not in found:
                errors.append(FAILED_DEG)
                continue
            (R, t), (other, u) = found[a], found[b]
            turn = other @ R.T
            errors.append(max(relative_error_deg(
                (turn, u - turn @ t), relative_pose(first.view, shots[b].view))))
    return errors


def pose_errors(found: dict[int, Pose], shots: Sequence[Shot]) -> dict[str, float | None]:
    """Return the mean errors of aligned places, in the scene's unit, and of rotations."""
    if len(found) < LEAST_IMAGES:
        return {'position': None, 'rotation': None}
    true = [(shots[k].view.R, shots[k].view.t) for k in found]
    apart, turned = aligned_errors(list(found.values()), true)
    return {'position': float(apart.mean()), 'rotation': float(turned.mean())}
