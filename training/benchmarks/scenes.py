# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Posed scenes to evaluate on, and which of their images are asked to match."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from residual_features_ros.datasets.layouts import open_scenes
from residual_features_ros.datasets.posed_images import PosedImage, Scene

GAPS = (2, 3, 5, 8, 13)  # frames of a video between the two of a pair
MOST_PAIRS = 60  # of a scene, where not all are asked for
MOST_TURNED_DEG = 60  # between the optical axes of two images that may see the same


def evaluated_scenes(root: Path, unposed: bool = False) -> list[Scene]:
    """Return the scenes of a folder, each with its pairs; ValueError where images do not overlap.

    Where the data set does not say which images see the same, they are those of a video that are
    GAPS apart, else any two, whose axes are within MOST_TURNED_DEG.

    unposed: whether scenes without poses are taken too; which of their images see the same
        nobody knows.
    """
    scenes = [scene if scene.covisible is not None or not is_posed(scene) else replace(
        scene, covisible=spaced(scene.images) if scene.numbers else facing(scene.images))
        for scene in open_scenes(root, unposed=unposed)]
    for scene in scenes:
        if is_posed(scene) and not len(pairs_of(scene)):
            raise ValueError(f'{scene.folder}: no two of its {len(scene.images)} images overlap')
    return scenes


def is_posed(scene: Scene) -> bool:
    """Return whether the poses of a scene's images are known, of all or of none."""
    return all(image.posed for image in scene.images)


def pairs_of(scene: Scene) -> np.ndarray:
    """Return the pairs (P, 2) of an evaluated scene."""
    return np.zeros((0, 2), np.int64) if scene.covisible is None else scene.covisible


def asked_pairs(scene: Scene, which: str) -> np.ndarray:
    """Return the pairs (P, 2) that are asked for, a name in posed_options.PAIRS says which."""
    pairs = pairs_of(scene)
    return pairs if which == 'all' else some_pairs(pairs, MOST_PAIRS)


def some_pairs(pairs: np.ndarray, most: int) -> np.ndarray:
    """Return at most so many pairs (P, 2), spread evenly over the list."""
    return pairs[np.unique(np.linspace(0, len(pairs) - 1, min(most, len(pairs))).astype(int))]


def facing(images: Sequence[PosedImage]) -> np.ndarray:
    """Return the pairs (P, 2) of unordered images whose axes are within MOST_TURNED_DEG."""
    return _kept(images, np.stack(np.triu_indices(len(images), 1), 1))


def spaced(images: Sequence[PosedImage]) -> np.ndarray:
    """Return the pairs (P, 2) of a video at GAPS whose axes are within MOST_TURNED_DEG."""
    return _kept(images, np.array([(k, k + gap) for gap in GAPS
                                   for k in range(len(images) - gap)], np.int64).reshape(-1, 2))


def nearest(images: Sequence[PosedImage], numbers: Sequence[int],
            count: int) -> list[tuple[int, int]]:
    """Return the pairs of each of `numbers` and the `count` nearest within MOST_TURNED_DEG."""
    order = np.array(numbers)
    centres = np.array([images[k].centre for k in numbers])
    axes = np.array([images[k].R[2] for k in numbers])
    found = set()
    for place, a in enumerate(numbers):
        apart = np.linalg.norm(centres - centres[place], axis=1)
        apart[axes @ axes[place] < np.cos(np.radians(MOST_TURNED_DEG))] = np.inf
        apart[place] = np.inf
        near = [k for k in np.argsort(apart, kind='stable')[:count] if np.isfinite(apart[k])]
        found |= {(min(a, b), max(a, b)) for b in order[near].tolist()}
    return sorted(found)


def most_covisible(points: Sequence[np.ndarray], numbers: Sequence[int],
                   count: int) -> list[tuple[int, int]]:
    """Return the pairs of each of `numbers` and the `count` that share the most points with it.

    As hloc's pairs_from_covisibility. Those that share as many come in their order; one that
    shares none is no partner.

    Args:
        points: numbers (M,) of the points that each image sees.
        numbers: of the images that are paired.
        count: of partners.
    """
    order = np.array(numbers)
    counts = [len(points[k]) for k in numbers]
    owners = np.repeat(np.arange(len(order)), counts)
    _, which = np.unique(np.concatenate([points[k] for k in numbers]), return_inverse=True)
    seen_by, ends = owners[np.argsort(which, kind='stable')], np.cumsum(np.bincount(which))
    lengths = np.diff(ends, prepend=0)
    found = set()
    for place, mine in enumerate(np.split(which, np.cumsum(counts)[:-1])):
        # The runs of `seen_by` that belong to these points, one behind the other.
        skipped = ends[mine] - np.cumsum(lengths[mine])
        others = seen_by[np.repeat(skipped, lengths[mine]) + np.arange(lengths[mine].sum())]
        shared = np.bincount(others, minlength=len(order))
        shared[place] = 0
        near = [k for k in np.argsort(-shared, kind='stable')[:count] if shared[k]]
        a = numbers[place]
        found |= {(min(a, b), max(a, b)) for b in order[near].tolist()}
    return sorted(found)


def _kept(images: Sequence[PosedImage], pairs: np.ndarray) -> np.ndarray:
    """Return those of pairs (P, 2) whose axes are within MOST_TURNED_DEG, not at one place."""
    first, second = pairs.T
    axes, centres = (np.reshape(values, (-1, 3)) for values in (
        [image.R[2] for image in images], [image.centre for image in images]))
    cosines = np.einsum('pk,pk->p', axes[first], axes[second])
    apart = (centres[first] != centres[second]).any(1)
    return pairs[apart & (cosines >= np.cos(np.radians(MOST_TURNED_DEG)))]
