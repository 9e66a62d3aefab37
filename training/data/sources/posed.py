# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs of posed photographs to train on, of whichever data set."""
from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from residual_features_ros.datasets import megadepth
from residual_features_ros.datasets.layouts import open_scenes
from residual_features_ros.datasets.posed_images import PosedImage, Scene
from residual_features_ros.errors import DatasetError, unknown
from residual_features_ros.geometry.pose import rotation_error_deg

log = logging.getLogger(__name__)
GAPS = (4, 8, 16, 32, 64)  # frames of a video between the two of a pair
# Of a scene, so that none drowns the others; 12 scenes: the Residual paper's 120,000.
MOST_PAIRS = 10_000
MOST_LISTED = 5_000  # of a scene of CAPS: PoSFeat's code
MOST_TURNED_DEG = 80.0  # without depth: CAPS and PoSFeat leave out what is beyond


@dataclass(frozen=True)
class PosedPairs:
    """Photographs and which of them see the same place: pairs (P, 2) of their numbers.

    with_depth: each has a depth map.
    """

    path: Path
    images: tuple[PosedImage, ...]
    pairs: np.ndarray
    with_depth: bool = True


@dataclass(frozen=True)
class Kind:
    """What data.kind names: layouts of datasets.layouts, and what a pair needs."""

    layouts: tuple[str, ...]
    with_depth: bool = True
    most_pairs: int = MOST_PAIRS


KINDS: Mapping[str, Kind] = {
    'megadepth': Kind(()),
    'phototourism': Kind(('colmap', 'phototourism')),
    'tum': Kind(('tum',)),
    'rgbd': Kind(('rgbd',)),
    'scannet': Kind(('scannet',)),
    'caps': Kind(('caps',), with_depth=False, most_pairs=MOST_LISTED),
    'posed': Kind(('kitti', 'rgbd'), with_depth=False),
}
WITH_DEPTH = tuple(name for name, kind in KINDS.items() if kind.with_depth)


def open_posed(name: str, root: Path) -> PosedPairs:
    """Open the scenes of a data set below a folder.

    Raises:
        ConfigError: an unknown kind.
        DatasetError: there is none, with the files that it should have, or one is incomplete.
    """
    if name not in KINDS:
        raise unknown('data.kind', name, KINDS)
    kind = KINDS[name]
    scenes = open_scenes(root, kind.layouts) if kind.layouts else _megadepth(root)
    return gather(root, (_usable(scene, root, kind) for scene in scenes), kind)


def _megadepth(root: Path) -> list[Scene]:
    indices = megadepth.indices(root)
    if not indices:
        raise DatasetError(f'{root}: no MegaDepth there; it has scene_info*/*.npz or '
                           'index/scene_info*/*.npz, and the files that these name')
    return [megadepth.read(index, root) for index in indices]


def _usable(scene: Scene, root: Path, kind: Kind) -> tuple[Scene, np.ndarray]:
    """Return a scene and those of its pairs (P, 2) that can be trained on."""
    bent = next((image.path for image in scene.images if image.camera.distorted), None)
    if bent is not None:
        raise DatasetError(f'{bent}: its camera has distortion; undistort the photographs first')
    pairs = scene.covisible if scene.covisible is not None else gapped(scene.numbers)
    if kind.with_depth:
        there = np.array([image.depth is not None for image in scene.images])
        if not there.all():
            log.warning('%s: %d of %d images have no depth map and are left out', scene.name,
                        (~there).sum(), len(there))
        pairs = pairs[there[pairs].all(1)]
    if len(pairs) > kind.most_pairs:
        pairs = np.random.default_rng(0).choice(pairs, kind.most_pairs, replace=False)
    if not kind.with_depth:
        turned = [rotation_error_deg(scene.images[a].R, scene.images[b].R) for a, b in pairs]
        pairs = pairs[np.array(turned) <= MOST_TURNED_DEG]
    return scene, pairs


def gapped(numbers: Iterable[int]) -> np.ndarray:
    """Return the pairs (P, 2) of a video's frames that are GAPS apart, of those that there are."""
    places = {number: place for place, number in enumerate(numbers)}
    pairs = [(place, places[number + gap]) for gap in GAPS for number, place in places.items()
             if number + gap in places]
    return np.array(pairs, np.int64).reshape(-1, 2)


def gather(root: Path, scenes: Iterable[tuple[Scene, np.ndarray]], kind: Kind) -> PosedPairs:
    """Join scenes and their pairs; each photograph once.

    Raises:
        DatasetError: there is no pair.
    """
    numbers: dict[Path, int] = {}
    images: list[PosedImage] = []
    joined = [np.zeros((0, 2), np.int64)]
    for scene, pairs in scenes:
        renumbered = np.zeros(len(scene.images), np.int64)
        for k in np.unique(pairs).tolist():
            renumbered[k] = numbers.setdefault(scene.images[k].path, len(numbers))
            if renumbered[k] == len(images):
                images.append(scene.images[k])
        joined.append(renumbered[pairs])
    found = np.concatenate(joined)
    if not len(found):
        raise DatasetError(f'{root}: no pair of photographs that see the same'
                           + (' and have depth' if kind.with_depth else ''))
    return PosedPairs(root, tuple(images), found, kind.with_depth)


def split_pairs(source: PosedPairs, validation_share: float) -> tuple[PosedPairs, PosedPairs]:
    """Hold out the pairs among the last images, so many that there is a pair.

    Images are in the order of scenes, so these are the last scenes, or the end of the only video.
    Pairs between the two parts are dropped.
    """
    first, last = source.pairs.min(1), source.pairs.max(1)
    begin = min(int(len(source.images) * (1 - validation_share)), first.max())
    training = last < begin
    return (replace(source, pairs=source.pairs[training] if training.any() else source.pairs),
            replace(source, pairs=source.pairs[first >= begin]))
