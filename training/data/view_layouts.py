# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Folders of photographs with poses: COLMAP and Phototourism, Strecha, KITTI, RGB-D.

<scene>/sparse and <scene>/images     COLMAP's model of undistorted photographs; Phototourism's
                                      <scene>/dense is one
<scene>/calibration/calibration_*.h5  Phototourism's scenes to validate on
<scene>/cameras/<image>.camera        Strecha: K, three zeros, R camera to world, C, size of K
<scene>/calib.txt, poses.txt          KITTI odometry: P0, 3x4 camera to world; image_0 or image_l;
                                      poses may be in ../../poses/<scene>.txt as KITTI has them
<scene>/K.txt, poses.txt              video: 3x3, 4x4 camera to world; images/

Sources: Strecha et al. 2008 (README of the benchmark), KITTI odometry's development kit, and
layouts.py for Phototourism.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import h5py
import numpy as np

from training.data.colmap import overlapping, read_model
from training.data.layouts import LEAST_OVERLAP, from_colmap
from training.data.sources.images import SUFFIXES
from training.data.views import Camera, Scene, View, facing, pose, spaced

KITTI_IMAGES = ('image_0', 'image_l', 'image_2', 'images')


def open_scenes(root: Path) -> list[Scene]:
    """Return the scenes at `root` or up to three folders below, by name.

    Raises:
        ValueError: there are none, or one is incomplete; the file is named.
    """
    if not root.is_dir():
        raise ValueError(f'{root}: no such folder')
    scenes, found = [], set()
    for marker, read in LAYOUTS.items():
        for depth in ('', '*/', '*/*/', '*/*/*/'):
            for path in sorted(root.glob(depth + marker)):
                folder = path.parents[marker.count('/')]
                if folder not in found and not folder.name.startswith('.'):
                    found.add(folder)
                    scenes.append(read(folder, scene_name(root, folder)))
    if not scenes:
        raise ValueError(f'{root}: no posed scene; one has sparse/ of COLMAP, calibration/, '
                         'cameras/*.camera, or poses.txt with calib.txt or K.txt')
    return sorted(scenes, key=lambda scene: scene.name)


def scene_name(root: Path, folder: Path) -> str:
    """Return the folder's path below the root, the root's own name for itself."""
    return folder.relative_to(root).as_posix() if folder != root else root.resolve().name


def colmap(folder: Path, name: str) -> Scene:
    """Open a COLMAP model; pairs share a tenth of their points."""
    photographs = read_model(folder / 'sparse')
    images = folder / 'images'
    views = tuple(View(p.name, images / p.name, Camera(from_colmap(p.K), _size(images / p.name)),
                       p.R, p.t) for p in photographs if (images / p.name).is_file())
    if len(views) < 2:
        raise ValueError(f'{images}: fewer than two photographs of the model in {folder}/sparse')
    kept = [p for p in photographs if (images / p.name).is_file()]
    return Scene(name, images, views, overlapping(kept, LEAST_OVERLAP))


def calibrated(folder: Path, name: str) -> Scene:
    """Open a scene that Phototourism validates on, with its own list of pairs where it is."""
    views = []
    for path in sorted(folder.glob('calibration/calibration_*.h5')):
        stem = path.stem.removeprefix('calibration_')
        image = folder / 'images' / f'{stem}.jpg'
        try:
            with h5py.File(path, 'r') as file:
                K, R, t = (np.asarray(file[key], float) for key in 'KRT')
        except (OSError, KeyError) as error:
            raise ValueError(f'{path}: not an HDF5 file with K, R and T') from error
        R, t = pose(np.c_[R.reshape(3, 3), t.reshape(3)], path)
        views.append(View(image.name, image, Camera(from_colmap(K), _size(image)), R, t))
    keys = folder / 'new-vis-pairs' / f'keys-th-{LEAST_OVERLAP}.npy'
    if not keys.is_file():
        return Scene(name, folder / 'images', tuple(views), facing(views))
    numbers = {view.path.stem: k for k, view in enumerate(views)}
    words = [str(key).split('-') for key in np.load(keys)]
    missing = {word for pair in words for word in pair} - set(numbers)
    if missing:
        raise ValueError(f'{folder}/calibration: no pose of {min(missing)}, which {keys} names')
    pairs = [[numbers[a], numbers[b]] for a, b in words]
    return Scene(name, folder / 'images', tuple(views), np.array(pairs).reshape(-1, 2))


def strecha(folder: Path, name: str) -> Scene:
    """Open a scene of Strecha's benchmark."""
    images = folder / 'images' if (folder / 'images').is_dir() else folder
    views = []
    for path in _images(images):
        file = folder / 'cameras' / f'{path.name}.camera'
        if not file.is_file():
            raise ValueError(f'{file}: no such file; each image has one, its camera and pose')
        values = _numbers(file, (26,))[0]
        to_world, centre = values[12:21].reshape(3, 3), values[21:24]
        R, t = pose(np.c_[to_world.T, -to_world.T @ centre], file)
        size = (int(values[24]), int(values[25]))
        views.append(View(path.name, path, Camera(values[:9].reshape(3, 3), size), R, t))
    return Scene(name, images, tuple(views), facing(views))


def kitti(folder: Path, name: str) -> Scene:
    """Open a sequence of KITTI odometry, the camera of P0 or of the folder's first row."""
    projection = _numbers(folder / 'calib.txt', (12,))[0].reshape(3, 4)
    found = [folder / word for word in KITTI_IMAGES if (folder / word).is_dir()]
    if not found:
        raise ValueError(f'{folder}: no images ({", ".join(KITTI_IMAGES)})')
    beside = folder.parent.parent / 'poses' / f'{folder.name}.txt'  # of sequences/<name>/
    poses = beside if beside.is_file() else folder / 'poses.txt'
    return _video(name, found[0], projection[:, :3], poses)


def video(folder: Path, name: str) -> Scene:
    """Open a video with K.txt and a pose for each image."""
    K = _numbers(folder / 'K.txt', (3,))
    if len(K) != 3:
        raise ValueError(f'{folder}/K.txt: not a 3x3 matrix')
    return _video(name, folder / 'images', K, folder / 'poses.txt')


def _video(name: str, images: Path, K: np.ndarray, file: Path) -> Scene:
    paths, rows = _images(images), _numbers(file, (12, 16))
    if len(paths) != len(rows):
        raise ValueError(f'{file}: {len(rows)} poses for {len(paths)} images in {images}')
    camera, views = Camera(K, _size(paths[0])), []
    for path, row in zip(paths, rows, strict=True):
        to_world = row.reshape(-1, 4)
        R, centre = pose(to_world, file)
        views.append(View(path.name, path, camera, R.T, -R.T @ centre))
    return Scene(name, images, tuple(views), spaced(views), video=True)


def _images(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.glob('*') if path.suffix.lower() in SUFFIXES)
    if len(found) < 2:
        raise ValueError(f'{folder}: {len(found)} images, two are the least')
    return found


def _size(path: Path) -> tuple[int, int]:
    """Return (width, height) of an image; ValueError names one that cannot be read."""
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path.is_file() else None
    if image is None:
        raise ValueError(f'{path}: not a readable image')
    return image.shape[1], image.shape[0]


def _numbers(file: Path, lengths: Sequence[int]) -> np.ndarray:
    """Return the rows of numbers of a file, words like 'P0:' left out.

    One row of as many numbers as the whole file has (Strecha's cameras) is taken too.

    Raises:
        ValueError: no such file, or rows of other lengths; the file is named.
    """
    if not file.is_file():
        raise ValueError(f'{file}: no such file')
    try:
        rows = [[float(word) for word in line.split() if not word.endswith(':')]
                for line in file.read_text(encoding='utf-8').splitlines()]
    except ValueError as error:
        raise ValueError(f'{file}: not rows of numbers ({error})') from error
    rows = [row for row in rows if row]
    if {sum(map(len, rows))} <= set(lengths):
        rows = [[value for row in rows for value in row]]
    if not rows or len({len(row) for row in rows}) != 1 or len(rows[0]) not in lengths:
        raise ValueError(f'{file}: not rows of {" or ".join(map(str, lengths))} numbers')
    return np.array(rows)


LAYOUTS: dict[str, Callable[[Path, str], Scene]] = {
    'sparse/images.bin': colmap, 'calibration/calibration_*.h5': calibrated,
    'cameras/*.camera': strecha, 'calib.txt': kitti, 'K.txt': video,
}
