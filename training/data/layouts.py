# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Folders of photographs with depth and poses: MegaDepth, Phototourism, TUM RGB-D, ScanNet.

Sources of the layouts: mihaidusmanu/d2-net (megadepth_utils/preprocess_scene.py, lib/dataset.py),
zju3dv/LoFTR (docs/TRAINING.md, src/datasets/megadepth.py), ubc-vision/image-matching-benchmark
(example/training_data/*.ipynb, utils/path_helper.py), and TUM's page on file formats.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import h5py
import numpy as np

from training.data.colmap import overlapping, read_model, rotation
from training.data.posed import Frame, PosedPairs

MOST_PAIRS = 10_000  # of a scene, so that none drowns the others; 12 scenes: the paper's 120,000
LEAST_OVERLAP = 0.1  # co-visibility that the Image Matching Challenge asks for by default
GAPS = (4, 8, 16, 32, 64)  # frames of a video between the two of a pair
SAME_TIME_S = 0.02  # TUM's associate.py
Scene = tuple[Mapping[int, Frame], np.ndarray]


def megadepth(root: Path) -> PosedPairs:
    """Open MegaDepth as D2-Net preprocesses it, with D2-Net's or LoFTR's index.

    <root>/scene_info*/*.npz or <root>/index/scene_info*/*.npz (names with 'val' are left out), and
    the files that they name below <root> or <root>/train.
    """
    indices = [path for folder in ('scene_info*', 'index/scene_info*')
               for path in sorted(root.glob(f'{folder}/*.npz')) if 'val' not in path.parent.name]
    base = root / 'train' if (root / 'train').is_dir() else root
    return gather(root, (_megadepth_scene(path, base) for path in indices))


def _megadepth_scene(index: Path, base: Path) -> Scene:
    with np.load(index, allow_pickle=True) as info:  # None stands for a missing file
        images, depths = info['image_paths'], info['depth_paths']
        if 'pair_infos' in info:  # LoFTR: ((first, second), overlap, a point in both)
            pairs = np.array([pair[0] for pair in info['pair_infos']], np.int64).reshape(-1, 2)
        else:
            pairs = np.argwhere(np.triu(info['overlap_matrix'] >= LEAST_OVERLAP, 1))
        there = np.array([a is not None and b is not None
                          for a, b in zip(images, depths, strict=True)])
        pairs = pairs[there[pairs].all(1)]
        frames = {}
        for k in np.unique(pairs):
            pose = np.reshape(info['poses'][k], (4, 4)).astype(float)
            frames[k] = Frame(base / images[k], base / depths[k],
                              from_colmap(info['intrinsics'][k]), pose[:3, :3], pose[:3, 3])
    return frames, pairs


def phototourism(root: Path) -> PosedPairs:
    """Open scenes of the Image Matching Challenge.

    Those to train on, <root>/<scene>/dense/: images/, sparse/ (COLMAP's model, which also says
    which photographs see the same), stereo/depth_maps_clean_*/<name>.h5.
    Those to validate on, <root>/<scene>[/set_100]/: images/<name>.jpg, depth_maps/<name>.h5,
    calibration/calibration_<name>.h5 with K, R and T, and new-vis-pairs/keys-th-0.1.npy with
    '<name>-<name>' for each pair.
    """
    scenes = [_dense_scene(path.parent) for pattern in ('', '*/')
              for path in sorted(root.glob(f'{pattern}dense/sparse'))]
    scenes += [_calibrated_scene(path.parent) for pattern in ('', '*/', '*/set_*/')
               for path in sorted(root.glob(f'{pattern}calibration'))]
    return gather(root, scenes)


def _dense_scene(folder: Path) -> Scene:
    depths = {path.stem: path for path in sorted(folder.glob('stereo/depth_maps_clean_*/*.h5'))}
    seen = [photograph for photograph in read_model(folder / 'sparse')
            if Path(photograph.name).stem in depths]
    if not seen:
        raise ValueError(f'{folder}/stereo/depth_maps_clean_*: no depth map of a photograph in '
                         f'{folder}/sparse')
    return {k: Frame(folder / 'images' / p.name, depths[Path(p.name).stem], from_colmap(p.K), p.R,
                     p.t) for k, p in enumerate(seen)}, overlapping(seen, LEAST_OVERLAP)


def _calibrated_scene(folder: Path) -> Scene:
    keys = folder / 'new-vis-pairs' / f'keys-th-{LEAST_OVERLAP}.npy'
    if not keys.is_file():
        raise ValueError(f'{keys}: no such file; it names the pairs that see the same')
    words = [str(key).split('-') for key in np.load(keys)]
    names = sorted({name for pair in words for name in pair})
    frames = {}
    for k, name in enumerate(names):
        path = folder / 'calibration' / f'calibration_{name}.h5'
        try:
            with h5py.File(path, 'r') as file:
                K, R, t = (np.asarray(file[key], float) for key in 'KRT')
        except (OSError, KeyError) as error:
            raise ValueError(f'{path}: not an HDF5 file with K, R and T') from error
        frames[k] = Frame(folder / 'images' / f'{name}.jpg', folder / 'depth_maps' / f'{name}.h5',
                          from_colmap(K), R.reshape(3, 3), t.reshape(3))
    return frames, np.array([[names.index(a), names.index(b)] for a, b in words]).reshape(-1, 2)


def tum(root: Path) -> PosedPairs:
    """Open RGB-D videos in TUM's layout: <root>/ or <root>/<sequence>/.

    rgb.txt, depth.txt and groundtruth.txt as TUM has them, and calibration.txt, which TUM has not:
    'fx fy cx cy' and, other than 5000, what depth PNGs have per metre. Photographs without
    distortion, depth registered to them.
    """
    folders = [path.parent for pattern in ('rgb.txt', '*/rgb.txt')
               for path in sorted(root.glob(pattern))]
    return gather(root, map(_tum_sequence, folders))


def _tum_sequence(folder: Path) -> Scene:
    path = folder / 'calibration.txt'
    if not path.is_file():
        raise ValueError(f'{path}: no such file; it says "fx fy cx cy" in pixels, '
                         '"535.4 539.2 320.1 247.6" for TUM\'s freiburg3')
    fx, fy, cx, cy, per_metre = [*np.loadtxt(path).ravel(), 5000.0][:5]
    K = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
    (times, images), (depth_times, depths), (pose_times, poses) = (
        _read_list(folder / name) for name in ('rgb.txt', 'depth.txt', 'groundtruth.txt'))
    frames: dict[int, Frame] = {}
    for time, image in zip(times, images, strict=True):
        depth, pose = (int(np.abs(there - time).argmin()) for there in (depth_times, pose_times))
        if max(abs(depth_times[depth] - time), abs(pose_times[pose] - time)) > SAME_TIME_S:
            continue
        values = np.array(poses[pose], float)
        R = rotation(values[3:7]).T  # TUM's poses are camera to world
        frames[len(frames)] = Frame(folder / image[0], folder / depths[depth][0], K, R,
                                    -R @ values[:3], 1 / per_metre)
    return frames, _gapped(frames)


def rgbd(root: Path) -> PosedPairs:
    """Open RGB-D videos: <root>/ or <root>/<sequence>/ with K.txt, poses.txt, images/ and depth/.

    K.txt has the 3x3 matrix of the depth maps' pixels, poses.txt a line of 16 or 12 numbers for
    each image in the order of names: camera to world, row by row. depth/ has a 16 bit PNG in
    millimetres for each image, of the same name but for the suffix.
    """
    folders = [path.parent for pattern in ('poses.txt', '*/poses.txt')
               for path in sorted(root.glob(pattern))]
    return gather(root, map(_rgbd_sequence, folders))


def _rgbd_sequence(folder: Path) -> Scene:
    K = _read_matrix(folder / 'K.txt', (3, 3))
    poses = np.loadtxt(folder / 'poses.txt', ndmin=2)
    images = sorted((folder / 'images').glob('*'))
    if poses.shape[1] not in (12, 16) or len(poses) != len(images):
        raise ValueError(f'{folder}/poses.txt: expected {len(images)} lines of 16 or 12 numbers, '
                         f'one for each file of images/, found {len(poses)} of {poses.shape[1]}')
    frames = {}
    for k, (image, pose) in enumerate(zip(images, poses, strict=True)):
        depth = folder / 'depth' / f'{image.stem}.png'
        frames[k] = _from_camera_to_world(image, depth, K, pose.reshape(-1, 4))
    return frames, _gapped(frames)


def scannet(root: Path) -> PosedPairs:
    """Open ScanNet as its SensReader exports it: <root>/ or <root>/<scene>/.

    color/<n>.jpg, depth/<n>.png in millimetres, pose/<n>.txt (4x4, camera to world; infinite
    where tracking was lost, such frames are left out) and intrinsic/intrinsic_depth.txt.
    Photographs are shrunk to the depth maps, with whose pixels they agree up to the small
    difference of both calibrations.
    """
    folders = [path.parent for pattern in ('pose', '*/pose')
               for path in sorted(root.glob(pattern))]
    return gather(root, map(_scannet_scene, folders))


def _scannet_scene(folder: Path) -> Scene:
    K = _read_matrix(folder / 'intrinsic' / 'intrinsic_depth.txt', (4, 4))[:3, :3]
    frames = {}
    for path in sorted((folder / 'pose').glob('*.txt'), key=lambda path: int(path.stem)):
        pose = _read_matrix(path, (4, 4))
        if np.isfinite(pose).all():
            frames[int(path.stem)] = _from_camera_to_world(
                folder / 'color' / f'{path.stem}.jpg', folder / 'depth' / f'{path.stem}.png', K,
                pose)
    return frames, _gapped(frames)


def _from_camera_to_world(image: Path, depth: Path, K: np.ndarray, pose: np.ndarray) -> Frame:
    """Return a frame with depth in millimetres, of a pose (3 or 4, 4)."""
    R = pose[:3, :3].T
    return Frame(image, depth, K, R, -R @ pose[:3, 3], 1e-3)


def _gapped(frames: Mapping[int, Frame]) -> np.ndarray:
    """Return the pairs of a video's frames that are GAPS apart."""
    pairs = [(k, k + gap) for gap in GAPS for k in frames if k + gap in frames]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _read_matrix(path: Path, shape: tuple[int, int]) -> np.ndarray:
    """Return the matrix of a text file; ValueError names one that is missing or of other shape."""
    if not path.is_file():
        raise ValueError(f'{path}: no such file')
    matrix = np.loadtxt(path, ndmin=2)
    if matrix.shape != shape:
        raise ValueError(f'{path}: expected a matrix of {shape[0]}x{shape[1]}, found '
                         f'{"x".join(map(str, matrix.shape))}')
    return matrix


def _read_list(path: Path) -> tuple[np.ndarray, list[list[str]]]:
    """Return the times (N,) of a list and the words after them."""
    if not path.is_file():
        raise ValueError(f'{path}: no such file')
    lines = [line.split() for line in path.read_text().splitlines()
             if line.strip() and not line.startswith('#')]
    return np.array([float(line[0]) for line in lines]), [line[1:] for line in lines]


def from_colmap(K: np.ndarray) -> np.ndarray:
    """Return K for pixels whose first has its centre at (0, 0); COLMAP's has it at (.5, .5)."""
    return np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]]) @ np.asarray(K, float)


def gather(root: Path, scenes: Iterable[Scene]) -> PosedPairs:
    """Join scenes; each photograph once, at most MOST_PAIRS pairs of a scene.

    Raises:
        ValueError: there is no pair.
    """
    numbers: dict[Path, int] = {}
    frames: list[Frame] = []
    joined = [np.zeros((0, 2), np.int64)]
    for there, pairs in scenes:
        if len(pairs) > MOST_PAIRS:
            pairs = np.random.default_rng(0).choice(pairs, MOST_PAIRS, replace=False)
        renumbered = np.zeros(1 + max(there, default=0), np.int64)
        for k in np.unique(pairs):
            renumbered[k] = numbers.setdefault(there[k].image, len(numbers))
            if renumbered[k] == len(frames):
                frames.append(there[k])
        joined.append(renumbered[pairs])
    found = np.concatenate(joined)
    if not len(found):
        raise ValueError(f'{root}: no pair of photographs in the layout that data.kind names')
    return PosedPairs(root, tuple(frames), found)
