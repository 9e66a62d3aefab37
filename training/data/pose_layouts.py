# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Photographs with poses and no depth: CAPS's lists of MegaDepth's pairs, and videos.

Source of CAPS's layout: qianqianwang68/caps (README.md, dataloader/megadepth.py).
"""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.data.layouts import GAPS, from_colmap
from training.data.posed import PosedPairs

MOST_TURNED_DEG = 80.0  # between the cameras of a pair: CAPS and PoSFeat leave out what is beyond
MOST_PAIRS = 5_000  # of a scene: PoSFeat's code
FOLDERS = ('images', 'image_l', 'image_0', 'rgb')


@dataclass(frozen=True)
class Shot:
    """A photograph on disk: K (3, 3) of its pixels, x_camera = R x_world + t."""

    image: Path
    K: np.ndarray
    R: np.ndarray
    t: np.ndarray


class ShotPairs(PosedPairs):
    """PosedPairs whose frames are Shots."""


def caps(root: Path) -> ShotPairs:
    """Open MegaDepth as CAPS distributes it.

    <root>/[train/]<scene>/dense*/aligned/ has img_cam.txt, a line 'name w h fx fy cx cy R(9) t(3)'
    for each file of images/, and pairs.txt with two names a line.

    Raises:
        ValueError: there is no pair, or a line is of another form.
    """
    base = root / 'train' if (root / 'train').is_dir() else root
    shots: list[Shot] = []
    pairs: list[tuple[int, int]] = []
    for listing in sorted(base.glob('*/dense*/aligned/pairs.txt')):
        there = _cameras(listing.parent)
        lines = [line.split() for line in listing.read_text().splitlines() if line.strip()]
        if len(lines) > MOST_PAIRS:
            lines = np.random.default_rng(0).permutation(lines)[:MOST_PAIRS].tolist()
        for line in lines:
            if len(line) != 2 or not there.keys() >= set(line):
                raise ValueError(f'{listing}: expected two names of img_cam.txt, found '
                                 f'{" ".join(line)!r}')
        names = sorted({name for line in lines for name in line})
        numbers = {name: len(shots) + k for k, name in enumerate(names)}
        shots += [there[name] for name in numbers]
        pairs += [(numbers[one], numbers[other]) for one, other in lines]
    return _gather(root, shots, pairs)


def _cameras(folder: Path) -> dict[str, Shot]:
    path, found = folder / 'img_cam.txt', {}
    for line in path.read_text().splitlines():
        words = line.split()
        if not words or words[0].startswith('#'):
            continue
        if len(words) < 19:
            raise ValueError(f'{path}: expected name w h fx fy cx cy R(9) t(3), found {line!r}')
        fx, fy, cx, cy, *pose = map(float, words[3:19])
        K = from_colmap(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]))
        found[words[0]] = Shot(folder / 'images' / words[0], K,
                               np.reshape(pose[:9], (3, 3)), np.array(pose[9:]))
    return found


def posed(root: Path) -> ShotPairs:
    """Open videos with poses: <root>/ or <root>/<sequence>/.

    poses.txt has a line of 12 or 16 numbers for each image in the order of names, camera to world;
    K.txt the 3x3 matrix, or calib.txt first of all the 3x4 projection of the camera (KITTI);
    images/, image_l/, image_0/ or rgb/ the images.

    Raises:
        ValueError: there is no pair, or a file is missing or of another form.
    """
    shots: list[Shot] = []
    pairs: list[tuple[int, int]] = []
    for path in sorted({*root.glob('poses.txt'), *root.glob('*/poses.txt')}):
        there = _sequence(path.parent)
        pairs += [(len(shots) + k, len(shots) + k + gap) for gap in GAPS
                  for k in range(len(there) - gap)]
        shots += there
    return _gather(root, shots, pairs)


def _sequence(folder: Path) -> list[Shot]:
    poses = np.loadtxt(folder / 'poses.txt', ndmin=2)
    images = [path for name in FOLDERS for path in sorted((folder / name).glob('*'))]
    if poses.shape[1] not in (12, 16) or len(poses) != len(images):
        raise ValueError(f'{folder}/poses.txt: expected {len(images)} lines of 12 or 16 numbers, '
                         f'one for each image, found {len(poses)} of {poses.shape[1]}')
    K = _intrinsics(folder)
    shots = []
    for image, pose in zip(images, poses, strict=True):
        R, t = np.split(pose.reshape(-1, 4)[:3], [3], axis=1)
        shots.append(Shot(image, K, R.T, -R.T @ t[:, 0]))
    return shots


def _intrinsics(folder: Path) -> np.ndarray:
    if (folder / 'K.txt').is_file():
        values = np.loadtxt(folder / 'K.txt').ravel()
        if values.size == 9:
            return values.reshape(3, 3)
    elif (folder / 'calib.txt').is_file():
        values = np.loadtxt(folder / 'calib.txt').ravel()
        if values.size >= 12:
            return values[:12].reshape(3, 4)[:, :3]
    raise ValueError(f'{folder}: expected K.txt with 9 numbers, or calib.txt with 12')


def _gather(root: Path, shots: list[Shot], pairs: list[tuple[int, int]]) -> ShotPairs:
    kept = [(one, other) for one, other in pairs
            if turned_deg(shots[one], shots[other]) <= MOST_TURNED_DEG]
    if not kept:
        raise ValueError(f'{root}: no pair of photographs in the layout that data.kind names, '
                         f'turned by at most {MOST_TURNED_DEG:.0f} degrees')
    return ShotPairs(root, tuple(shots), np.array(kept, np.int64))


def turned_deg(first: Shot, second: Shot) -> float:
    """Return the angle between two cameras in degrees."""
    cosine = (np.trace(second.R @ first.R.T) - 1) / 2
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
