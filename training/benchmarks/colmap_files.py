# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Features and matches as COLMAP's database and as hloc's HDF5 files.

COLMAP's pixels have the centre of the first at (.5, .5); hloc's, like ours, at (0, 0).
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import pycolmap

from residual_features_ros import Matches
from residual_features_ros.datasets.hloc_files import write_features
from residual_features_ros.geometry.camera import Camera
from training.benchmarks.posed_features import PosedFeatures

HLOC_FILES = ('features.h5', 'matches.h5', 'pairs.txt')
Pairs = Iterable[tuple[int, int, np.ndarray]]  # numbers of views, indices (M, 2)


def to_colmap(camera: Camera, number: int) -> pycolmap.Camera:
    """Return COLMAP's camera; its focal length counts as known."""
    K = camera.K
    params = [K[0, 0], K[1, 1], K[0, 2] + 0.5, K[1, 2] + 0.5]
    if len(camera.distortion):
        params += camera.distortion.tolist()
    made = pycolmap.Camera(model='OPENCV' if len(camera.distortion) else 'PINHOLE', params=params,
                           width=camera.size[0], height=camera.size[1], camera_id=number)
    made.has_prior_focal_length = True
    return made


def to_refine(camera: Camera, number: int) -> pycolmap.Camera:
    """Return COLMAP's camera that it shall refine, with one focal length and at most one k.

    That is what COLMAP has for photographs; a lens of more coefficients keeps them. A guessed
    focal length counts as unknown.
    """
    K, lens = camera.K, camera.distortion
    made = to_colmap(camera, number)
    if not np.any(lens[1:]):
        made = pycolmap.Camera(
            model='SIMPLE_RADIAL', width=camera.size[0], height=camera.size[1], camera_id=number,
            params=[camera.focal_px, K[0, 2] + 0.5, K[1, 2] + 0.5, lens[0] if len(lens) else 0])
    made.has_prior_focal_length = not camera.guessed
    return made


def keypoints(view: PosedFeatures) -> np.ndarray:
    """Return COLMAP's pixels (N, 2) float64."""
    return view.features.keypoints.astype(np.float64) + 0.5


def write_database(path: Path, views: Sequence[PosedFeatures], pairs: Pairs,
                   checked: bool = False) -> None:
    """Write a new database: view k is image, camera, rig and frame k + 1.

    Cameras of views without poses are to be refined; the first view of one that several share has
    its number, and its rig's.

    checked: the matches count as verified.

    Raises:
        ValueError: there is a file already, which might be someone's.
    """
    if path.exists():
        raise ValueError(f'{path}: there is a file already')
    path.parent.mkdir(parents=True, exist_ok=True)
    with _opened(path) as database, pycolmap.DatabaseTransaction(database):
        shared: dict[int, int] = {}
        for number, view in enumerate(views, 1):
            camera = number if view.image.posed else shared.setdefault(
                id(view.image.camera), number)
            _write_view(database, view, number, camera)
        for a, b, indices in pairs:
            database.write_matches(a + 1, b + 1, indices.astype(np.uint32))
            if checked:
                database.write_two_view_geometry(a + 1, b + 1, pycolmap.TwoViewGeometry(
                    config=pycolmap.TwoViewGeometryConfiguration.CALIBRATED,
                    inlier_matches=indices.astype(np.uint32)))


@contextmanager
def _opened(path: Path) -> Iterator[pycolmap.Database]:
    database = pycolmap.Database.open(path)
    try:
        yield database
    finally:
        database.close()


def _write_view(database: pycolmap.Database, view: PosedFeatures, number: int,
                shared: int) -> None:
    if shared == number:
        camera = (to_colmap if view.image.posed else to_refine)(view.camera, number)
        database.write_camera(camera, use_camera_id=True)
        rig = pycolmap.Rig(rig_id=number)
        rig.add_ref_sensor(camera.sensor_id)
        database.write_rig(rig, use_rig_id=True)
    image = pycolmap.Image(name=view.image.name, camera_id=shared, image_id=number)
    database.write_image(image, use_image_id=True)
    frame = pycolmap.Frame(frame_id=number, rig_id=shared)
    frame.add_data_id(image.data_id)
    database.write_frame(frame, use_frame_id=True)
    database.write_keypoints(number, keypoints(view).astype(np.float32))


def write_pairs(path: Path, views: Sequence[PosedFeatures],
                pairs: Iterable[tuple[int, int]]) -> None:
    """Write the names of pairs, a line each, as COLMAP and hloc read them."""
    path.write_text(''.join(f'{views[a].image.name} {views[b].image.name}\n' for a, b in pairs),
                    encoding='utf-8')


def write_hloc(folder: Path, views: Sequence[PosedFeatures],
               matches: Iterable[tuple[int, int, Matches]]) -> None:
    """Write features.h5, matches.h5 and pairs.txt into a folder, new ones.

    matches.h5 has a group '<first>/<second>', '/' in names as '-', with matches0 (N,) int16, -1
    for none, and matching_scores0 (N,): (1 + cosine) / 2, or the share of equal bits.

    Raises:
        ValueError: the folder has one of the files already.
    """
    there = [folder / name for name in HLOC_FILES if (folder / name).exists()]
    if there:
        raise ValueError(f'{there[0]}: there is a file already')
    folder.mkdir(parents=True, exist_ok=True)
    with h5py.File(folder / 'features.h5', 'w') as file:
        for view in views:
            write_features(file, view.image.name, view.features, float32=False)
    found = list(matches)
    with h5py.File(folder / 'matches.h5', 'w') as file:
        for a, b, pair in found:
            first, second = views[a], views[b]
            group = file.create_group('/'.join(view.image.name.replace('/', '-')
                                               for view in (first, second)))
            rows = np.full(len(first.features), -1, np.int16)
            scores = np.zeros(len(first.features), np.float16)
            rows[pair.indices[:, 0]] = pair.indices[:, 1]
            scores[pair.indices[:, 0]] = _score(pair.distances, first.features.descriptors)
            group.create_dataset('matches0', data=rows)
            group.create_dataset('matching_scores0', data=scores)
    write_pairs(folder / 'pairs.txt', views, ((a, b) for a, b, _ in found))


def _score(distances: np.ndarray, descriptors: np.ndarray) -> np.ndarray:
    if descriptors.dtype == np.uint8:
        return 1 - distances / (8 * descriptors.shape[1])
    return 1 - distances ** 2 / 4  # (1 + cosine) / 2
