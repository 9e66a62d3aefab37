# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Localisation: queries against a map of posed photographs, as in the Aachen benchmark.

Map: points that COLMAP triangulates from the true poses of the map's photographs, each matched
with the nearest ones, or with --partners covisible with those that share the most points. A query
is matched with those that --pairs names for it, with --pairs retrieval:K the K that look most
alike, or else with all; its pose is COLMAP's from 2-D and 3-D points, run with each of SEEDS, the
numbers being means over these. Accuracy: the share of queries within 0.25 m and 2 degrees, 0.5 m
and 5, 5 m and 10. A query without pose counts nowhere; the medians are of those that have one. The
unit of a scene is taken for metres.

A scene of aachen.py has queries of its own, without true poses: only a submission comes of it.
"""
from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pycolmap
from tqdm import tqdm

from residual_features_ros.datasets import aachen
from residual_features_ros.datasets.posed_images import PosedImage, Scene
from residual_features_ros.geometry.pose import rotation_error_deg
from residual_features_ros.outputs import refuse_existing
from training.benchmarks.cache import counts, open_predictors
from training.benchmarks.colmap_files import to_colmap
from training.benchmarks.mapping import SOLVER, Pose, keep_model, triangulate
from training.benchmarks.pose_metrics import LOCALISED, localised
from training.benchmarks.posed_features import Matched, PosedFeatures, table, take
from training.benchmarks.posed_options import LocalisationOptions
from training.benchmarks.results import save
from training.benchmarks.retrieval import bags_of, most_alike
from training.benchmarks.scenes import evaluated_scenes, most_covisible, nearest

SEEDS = (0, 1, 2, 3, 4)
LEAST_POINTS = 4  # in 3-D, for a pose
WITHIN_PX = 12.0  # hloc's and COLMAP's threshold of an inlier
NEAREST = 10  # partners of each image of the map
COVISIBLE = 20  # the same, as hloc's pipelines/Aachen_v1_1/pipeline.py
MOST_MAP = 100  # images of a map that is matched without a list of pairs


@dataclass(frozen=True)
class Task:
    """Numbers of a scene's views: queries, map, and what of the map each query is matched with."""

    queries: tuple[int, ...]
    mapped: tuple[int, ...]
    partners: dict[int, list[int]]


def plan(scene: Scene, options: LocalisationOptions) -> Task:
    """Return which views are queries: those of unknown pose, else every so many-th.

    With options.retrieved the images are read, and what is asked of them is kept in files.cache.

    Raises:
        ValueError: too few images, a map too large without pairs, or a bad list of pairs.
    """
    count = range(len(scene.images))
    unknown = [k for k in count if np.isnan(scene.images[k].t).any()]
    queries = unknown or [k for k in count if k % options.every == options.every // 2]
    mapped = [k for k in count if k not in set(queries)]
    if len(mapped) < 3 or not queries:
        raise ValueError(f'{scene.folder}: too few images, {len(queries)} queries and a map of '
                         f'{len(mapped)}')
    if options.pairs:
        return Task(tuple(queries), tuple(mapped), read_pairs(options.pairs, scene, set(mapped)))
    if options.retrieved:
        alike = most_alike(bags_of(scene, options.files.cache), queries, mapped, options.retrieved)
        return Task(tuple(queries), tuple(mapped), alike)
    if len(mapped) > MOST_MAP:
        raise ValueError(f'{scene.folder}: a map of {len(mapped)} images needs --pairs, a list of '
                         'retrieved ones or retrieval:K')
    return Task(tuple(queries), tuple(mapped), {query: mapped for query in queries})


def read_pairs(path: Path, scene: Scene, mapped: set[int]) -> dict[int, list[int]]:
    """Return the map's views for each query of hloc's list; ValueError names a line that is none.

    Lines of queries that are in no list of ours are passed over, as are those of map images.
    """
    if not path.is_file():
        raise ValueError(f'{path}: no such file')
    numbers = {image.name: k for k, image in enumerate(scene.images)}
    found: dict[int, list[int]] = {}
    for line in path.read_text(encoding='utf-8').splitlines():
        words = line.split()
        if len(words) != 2 and words:
            raise ValueError(f'{path}: expected "query map-image", got {line!r}')
        if words and set(words) <= set(numbers):
            query, partner = (numbers[word] for word in words)
            if partner in mapped and query not in mapped:
                found.setdefault(query, []).append(partner)
    if not found:
        raise ValueError(f'{path}: no pair of a query and a map image of {scene.folder}')
    return found


def map_pairs(scene: Scene, mapped: Sequence[int], partners: str) -> list[tuple[int, int]]:
    """Return which views of the map are matched, a name in posed_options.PARTNERS says how.

    Raises:
        ValueError: the most covisible ones are asked for, and the data set does not know them.
    """
    if partners == 'nearest':
        return nearest(scene.images, mapped, NEAREST)
    if not scene.points:
        raise ValueError(f'--partners {partners}: {scene.folder} does not say which points its '
                         "photographs see, only COLMAP's models and Aachen do")
    return most_covisible(scene.points, mapped, COVISIBLE)


def correspondences(matched: Matched, model: pycolmap.Reconstruction, task: Task,
                    query: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels (M, 2) of a query in COLMAP's convention and points (M, 3) they match.

    A keypoint that matches several points is there once with each, as in hloc.
    """
    places = {number: place for place, number in enumerate(task.mapped)}
    seen: dict[tuple[int, int], None] = {}
    for partner in task.partners.get(query, ()):
        points = model.image(places[partner] + 1).points2D
        for a, b in matched.pair(query, partner).indices.tolist():
            if points[b].has_point3D():
                seen[a, points[b].point3D_id] = None
    keypoints = matched.views[query].features.keypoints.astype(float) + 0.5
    pixels = [keypoints[a] for a, _ in seen]
    return (np.array(pixels).reshape(-1, 2),
            np.array([model.point3D(p).xyz for _, p in seen]).reshape(-1, 3))


def locate(pixels: np.ndarray, points: np.ndarray, view: PosedFeatures, seed: int,
           ) -> tuple[Pose, int] | None:
    """Return R and t of a view and the number of inliers; None where there is no pose."""
    if len(points) < LEAST_POINTS:
        return None
    options = pycolmap.AbsolutePoseEstimationOptions()
    options.ransac.max_error, options.ransac.random_seed = WITHIN_PX, seed
    pycolmap.set_random_seed(seed)
    found = pycolmap.estimate_and_refine_absolute_pose(pixels, points, to_colmap(view.camera, 1),
                                                       options)
    if found is None:
        return None
    matrix = found['cam_from_world'].matrix()
    return (matrix[:, :3], matrix[:, 3]), int(found['num_inliers'])


def score(matched: Matched, task: Task, model: pycolmap.Reconstruction,
          ) -> tuple[dict[str, Any], dict[str, Pose]]:
    """Return the numbers of a scene, and the pose of each query of the first seed by name."""
    poses: dict[str, Pose] = {}
    rows = []
    for query in tqdm(task.queries, desc='queries', disable=None, leave=False):
        view = matched.views[query]
        pixels, points = correspondences(matched, model, task, query)
        for seed in SEEDS:
            found = locate(pixels, points, view, seed)
            if found:
                poses.setdefault(view.image.name, found[0])
            rows.append((*errors(found[0] if found else None, view.image),
                         found[1] if found else 0))
    metres, degrees, inliers = np.array(rows).T
    there = np.isfinite(metres)
    shares = localised(metres, degrees)
    known = not np.isnan(metres).all()
    return {'map': len(task.mapped), 'queries': len(task.queries),
            'points': model.num_points3D(), 'track': model.compute_mean_track_length(),
            'inliers': float(inliers.mean()), 'posed': float((inliers > 0).mean()),
            **{f'{m:g}m,{d:g}deg': share if known else None
               for (m, d), share in zip(LOCALISED, shares, strict=True)},
            'median_m': float(np.median(metres[there])) if there.any() else None,
            'median_deg': float(np.median(degrees[there])) if there.any() else None}, poses


def errors(found: Pose | None, true: PosedImage) -> tuple[float, float]:
    """Return metres and degrees; inf for no pose, NaN where the true one is not known."""
    if np.isnan(true.t).any():
        return np.nan, np.nan
    if found is None:
        return np.inf, np.inf
    R, t = found
    return (float(np.linalg.norm(-R.T @ t - true.centre)), rotation_error_deg(R, true.R))


def write_submission(path: Path, poses: Mapping[str, Pose]) -> None:
    """Write 'name qw qx qy qz tx ty tz' for each query, world to camera, names without folders.

    As visuallocalization.net takes it.
    """
    lines = []
    for name, (R, t) in sorted(poses.items()):
        x, y, z, w = pycolmap.Rotation3d(R).quat
        lines.append(' '.join([Path(name).name, *(f'{v:.9g}' for v in (w, x, y, z, *t))]) + '\n')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(''.join(lines), encoding='utf-8')


def scenes_of(root: Path) -> list[Scene]:
    """Return Aachen's scene where the root has it, else the posed scenes below."""
    return [aachen.read(root)] if aachen.is_here(root) else evaluated_scenes(root)


def main(options: LocalisationOptions) -> str:
    """Evaluate, return the table; with files.out also save JSON."""
    protocol, files = options.protocol, options.files
    scenes = scenes_of(options.root)
    for scene, method in itertools.product(scenes, protocol.methods):
        if options.models:
            refuse_existing([options.models / scene.name / method], '--models')
        if options.submission:
            refuse_existing([submission_path(options.submission, scene, scenes, method)],
                            '--submission')
    tasks = [plan(scene, options) for scene in scenes]
    pairs = [map_pairs(scene, task.mapped, options.partners)
             for scene, task in zip(scenes, tasks, strict=True)]
    predictors = open_predictors(protocol, files.cache)
    lines: list[dict[str, Any]] = []
    for scene, task, to_match in zip(scenes, tasks, pairs, strict=True):
        for method, predictor in predictors.items():  # a large map's features fill the memory
            views = take(scene, {method: predictor}, protocol.size)[method]
            matched = Matched(views, options.ratio_of(method), predictors[method])
            model = triangulate(matched, task.mapped, to_match, options.colmap.threads)
            keep_model(model, options.models, scene.name, method)
            numbers, poses = score(matched, task, model)
            lines.append({'scene': scene.name, 'method': method, **numbers})
            if options.submission:
                write_submission(submission_path(options.submission, scene, scenes, method), poses)
    if files.out:
        save('localisation', options, predictors, {
            'solver': SOLVER, 'data': {'what': files.data, 'scenes': {
                scene.name: len(task.queries) for scene, task in zip(scenes, tasks, strict=True)}},
            'seeds': SEEDS, 'lines': lines})
    return f'{table(lines)}\n{counts(predictors, files.cache)}'


def submission_path(folder: Path, scene: Scene, scenes: Sequence[Scene], method: str) -> Path:
    """Return METHOD.txt, in a folder of the scene's name where there are several."""
    return (folder / scene.name if len(scenes) > 1 else folder) / f'{method}.txt'
