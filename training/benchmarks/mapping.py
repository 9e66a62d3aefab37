# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""COLMAP itself, through pycolmap: matches -> a sparse model, and the numbers of a model.

Cameras are known and stay as they are, but those of images without poses, which COLMAP refines,
as it does by default and in ETH's benchmark. One thread, the default, and a seed make a run
repeatable.

COLMAP's defaults are for photographs of up to 3200 pixels taken from around an object. Here its
limits in pixels are multiplied by PX_SCALE, as images are shrunk to fit into about 1200, and a
model may start from two views one behind the other or of small parallax. A robot driving ahead has
no others, and of those only a wrong relative pose passes COLMAP's defaults (its issues 551, 568).
docs/decisions/posed-data-and-colmap.md has what either changes. With Colmap(defaults=True) COLMAP
has its own limits, all but LEAST_IMAGES. Maps of true poses keep hloc's limits.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pycolmap

from residual_features_ros.geometry.accuracy import FAILED_DEG
from residual_features_ros.geometry.pose import relative_pose
from training.benchmarks.colmap_files import to_colmap, write_database, write_pairs
from training.benchmarks.pose_metrics import aligned_errors, relative_error_deg
from training.benchmarks.posed_features import Matched, PosedFeatures, line_errors_px
from training.benchmarks.posed_options import FOR_ROBOTS, Colmap

SOLVER = f'pycolmap {pycolmap.__version__}'
LEAST_IMAGES = 3  # of a model, as the Image Matching Challenge asks for
MOST_DRAWS = 2000  # of RANSAC where COLMAP verifies a pair; its default is 10,000
WITHIN_PX = 4.0  # of the true epipolar line, for a match that a map of true poses is made from
PX_SCALE = 0.375  # 1200 of the 3200 pixels that COLMAP shrinks a photograph to
LEAST_START_DEG = 4.0  # of a first pair's rays; COLMAP's default is 16
Pose = tuple[np.ndarray, np.ndarray]


def quiet() -> None:
    """Let COLMAP say errors alone."""
    pycolmap.logging.minloglevel = pycolmap.logging.ERROR.value


def reconstruct(matched: Matched, numbers: Sequence[int], pairs: Sequence[tuple[int, int]],
                seeds: Sequence[int],
                colmap: Colmap = FOR_ROBOTS) -> list[pycolmap.Reconstruction | None]:
    """Return, for each seed of the mapper, its model with the most images, None for none.

    Args:
        matched: views and their matches.
        numbers: which views; image k + 1 of the model is the k-th of them.
        pairs: which of them COLMAP verifies, once for all seeds.
        seeds: of every draw of the mapper.
        colmap: how it runs.
    """
    quiet()
    found: list[pycolmap.Reconstruction | None] = []
    with TemporaryDirectory(prefix='mapping-') as name:
        folder = Path(name)
        if not verified(folder, matched, numbers, pairs, colmap):
            return [None for _ in seeds]
        refined = not all(matched.views[k].image.posed for k in numbers)
        for seed in seeds:
            options = pipeline(seed, colmap.threads, refined)
            models = pycolmap.incremental_mapping(
                folder / 'database.db', folder, folder,
                options if colmap.defaults else for_small_videos(options)).values()
            found.append(max(models, default=None,
                             key=lambda model: (model.num_reg_images(), model.num_points3D())))
    return found


def pipeline(seed: int, threads: int = 1,
             refined: bool = False) -> pycolmap.IncrementalPipelineOptions:
    """Return COLMAP's defaults but for known cameras, small models and repeatable runs.

    refined: whether cameras are not known, but COLMAP's to refine.
    """
    options = pycolmap.IncrementalPipelineOptions(
        min_model_size=LEAST_IMAGES, random_seed=seed, num_threads=threads, extract_colors=False,
        ba_refine_focal_length=refined, ba_refine_extra_params=refined)
    options.mapper.abs_pose_refine_focal_length = refined
    options.mapper.abs_pose_refine_extra_params = refined
    return options


def for_small_videos(options: pycolmap.IncrementalPipelineOptions,
                     ) -> pycolmap.IncrementalPipelineOptions:
    """Return the options with limits for small images and a start from any motion."""
    options.mapper.init_max_forward_motion = 1.0  # of a translation of length 1: any
    options.mapper.init_min_tri_angle = LEAST_START_DEG
    options.mapper.init_max_error *= PX_SCALE
    options.mapper.abs_pose_max_error *= PX_SCALE
    options.mapper.filter_max_reproj_error *= PX_SCALE
    options.triangulation.merge_max_reproj_error *= PX_SCALE
    options.triangulation.complete_max_reproj_error *= PX_SCALE
    return options


def keep_model(model: pycolmap.Reconstruction | None, folder: Path | None, scene: str,
               method: str) -> None:
    """Write a model that there is into folder/scene/method, as COLMAP's programs read it."""
    if model is not None and folder is not None:
        (folder / scene / method).mkdir(parents=True, exist_ok=True)
        model.write(folder / scene / method)


def verified(folder: Path, matched: Matched, numbers: Sequence[int],
             pairs: Sequence[tuple[int, int]], colmap: Colmap) -> bool:
    """Write database.db with matches that COLMAP has verified; return whether there are any."""
    views = [matched.views[k] for k in numbers]
    places = {number: place for place, number in enumerate(numbers)}
    kept: list[tuple[int, int]] = []

    def found() -> Iterator[tuple[int, int, np.ndarray]]:
        for a, b, indices in matched.of(pairs, colmap.threads):
            kept.append((places[a], places[b]))
            yield *kept[-1], indices  # not gathered: those of a large scene fill the memory

    write_database(folder / 'database.db', views, found())
    write_pairs(folder / 'pairs.txt', views, kept)
    options = pycolmap.TwoViewGeometryOptions()
    options.ransac.random_seed = 0
    if not colmap.defaults:
        options.ransac.max_num_trials = MOST_DRAWS
        options.ransac.max_error *= PX_SCALE
    if kept:
        pycolmap.verify_matches(folder / 'database.db', folder / 'pairs.txt', options)
    return bool(kept)


def known_poses(views: Sequence[PosedFeatures]) -> pycolmap.Reconstruction:
    """Return a model of cameras and true poses without points; view k is image k + 1."""
    model = pycolmap.Reconstruction()
    for number, view in enumerate(views, 1):
        model.add_camera_with_trivial_rig(to_colmap(view.camera, number))
        image = pycolmap.Image(name=view.image.name, camera_id=number, image_id=number,
                               keypoints=view.features.keypoints.astype(float) + 0.5)
        model.add_image_with_trivial_frame(
            image, pycolmap.Rigid3d(np.c_[view.image.R, view.image.t]))
    return model


def triangulate(matched: Matched, numbers: Sequence[int], pairs: Sequence[tuple[int, int]],
                threads: int = 1) -> pycolmap.Reconstruction:
    """Return the map of views with their true poses, points by COLMAP.

    Matches further than WITHIN_PX from the true epipolar lines are left out, as in hloc
    (triangulation.geometric_verification).
    """
    quiet()
    views = [matched.views[k] for k in numbers]
    places = {number: place for place, number in enumerate(numbers)}
    with TemporaryDirectory(prefix='mapping-') as name:
        folder = Path(name)
        found = ((places[a], places[b], indices[agreeing(matched.views[a], matched.views[b],
                                                         indices)])
                 for a, b, indices in matched.of(pairs, threads))
        write_database(folder / 'database.db', views, found, checked=True)
        return pycolmap.triangulate_points(known_poses(views), folder / 'database.db', folder,
                                           folder, options=pipeline(0, threads))


def agreeing(first: PosedFeatures, second: PosedFeatures, indices: np.ndarray) -> np.ndarray:
    """Return which matches (M, 2) lie within WITHIN_PX of the true epipolar lines."""
    return line_errors_px(first, second, indices) < WITHIN_PX


def poses(model: pycolmap.Reconstruction | None) -> dict[int, Pose]:
    """Return R and t of the registered images, by their place among the views."""
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


def pair_errors(found: dict[int, Pose], views: Sequence[PosedFeatures]) -> list[float]:
    """Return the larger error in degrees of every two views; 180 where one is not registered."""
    errors = []
    for a, first in enumerate(views):
        for b in range(a + 1, len(views)):
            if a not in found or b not in found:
                errors.append(FAILED_DEG)
                continue
            (R, t), (other, u) = found[a], found[b]
            turn = other @ R.T
            errors.append(max(relative_error_deg(
                (turn, u - turn @ t), relative_pose(first.image, views[b].image))))
    return errors


def pose_errors(found: dict[int, Pose], views: Sequence[PosedFeatures]) -> dict[str, float | None]:
    """Return the mean errors of aligned places, in the scene's unit, and of rotations.

    None of both for fewer than LEAST_IMAGES, and where the true poses are not known.
    """
    if len(found) < LEAST_IMAGES or not all(view.image.posed for view in views):
        return {'position': None, 'rotation': None}
    true = [(views[k].image.R, views[k].image.t) for k in found]
    apart, turned = aligned_errors(list(found.values()), true)
    return {'position': float(apart.mean()), 'rotation': float(turned.mean())}
