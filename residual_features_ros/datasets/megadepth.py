# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""MegaDepth as D2-Net preprocesses it, with D2-Net's or LoFTR's index.

<root>/scene_info*/*.npz or <root>/index/scene_info*/*.npz (names with 'val' are left out), and the
files that they name below <root> or <root>/train. Sources: mihaidusmanu/d2-net
(megadepth_utils/preprocess_scene.py, lib/dataset.py), zju3dv/LoFTR (docs/TRAINING.md,
src/datasets/megadepth.py).
"""
from __future__ import annotations

from pathlib import Path

import numpy as np

from residual_features_ros.datasets.colmap import LEAST_OVERLAP, from_colmap
from residual_features_ros.datasets.posed_images import DepthMap, PosedImage, Scene
from residual_features_ros.geometry.camera import Camera


def indices(root: Path) -> list[Path]:
    """Return the index of each scene below a folder."""
    return [path for folder in ('scene_info*', 'index/scene_info*')
            for path in sorted(root.glob(f'{folder}/*.npz')) if 'val' not in path.parent.name]


def read(index: Path, root: Path) -> Scene:
    """Return the photographs of an index that have depth and are of a pair.

    Args:
        index: of `indices`.
        root: the folder of the whole data set.
    """
    base = root / 'train' if (root / 'train').is_dir() else root
    with np.load(index, allow_pickle=True) as info:  # None stands for a missing file
        images, depths = info['image_paths'], info['depth_paths']
        pairs = _pairs(info)
        there = np.array([a is not None and b is not None
                          for a, b in zip(images, depths, strict=True)])
        pairs = pairs[there[pairs].all(1)]
        chosen = np.unique(pairs)
        found = []
        for k in chosen.tolist():
            pose = np.reshape(info['poses'][k], (4, 4)).astype(float)
            found.append(PosedImage(
                images[k], base / images[k], Camera(from_colmap(info['intrinsics'][k])),
                pose[:3, :3], pose[:3, 3], DepthMap(base / depths[k])))
    return Scene(index.stem, base, tuple(found), np.searchsorted(chosen, pairs))


def _pairs(info: np.lib.npyio.NpzFile) -> np.ndarray:
    """Return the pairs (P, 2): LoFTR has ((first, second), overlap, a point in both)."""
    if 'pair_infos' in info:
        return np.array([pair[0] for pair in info['pair_infos']], np.int64).reshape(-1, 2)
    return np.argwhere(np.triu(info['overlap_matrix'] >= LEAST_OVERLAP, 1))
