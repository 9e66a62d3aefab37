# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The table of layouts, and the scenes below a folder, told by their files."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from residual_features_ros.datasets import (
    airsim,
    caps,
    colmap,
    euroc,
    kitti,
    photographs,
    phototourism,
    rgbd,
    scannet,
    strecha,
    tum,
)
from residual_features_ros.datasets.posed_images import Scene, Sequence
from residual_features_ros.errors import DatasetError

DEEPEST = 3  # folders below the root


@dataclass(frozen=True)
class Layout:
    """How the scenes of a data set lie on disk.

    marker: a pattern below the folder of a scene that no other layout has.
    expects: the files of a scene in words, for errors.
    read: (folder, name) -> the scene.
    """

    marker: str
    expects: str
    read: Callable[[Path, str], Scene]


def _of_sequence(read: Callable[[Path], Sequence]) -> Callable[[Path, str], Scene]:
    return lambda folder, name: read(folder).scene(name, folder)


LAYOUTS: dict[str, Layout] = {
    'colmap': Layout('sparse/images.bin', 'sparse/{cameras,images}.bin and images/ (COLMAP, '
                     "Phototourism's dense/)", colmap.read),
    'phototourism': Layout(
        'calibration/calibration_*.h5', 'calibration/calibration_<name>.h5 and images/<name>.jpg '
        '(Phototourism to validate on)', phototourism.read),
    'strecha': Layout('cameras/*.camera', 'cameras/<image>.camera and images/ (Strecha)',
                      strecha.read),
    'kitti': Layout('calib.txt', 'calib.txt, poses.txt (or ../../poses/<name>.txt) and image_0/ '
                    '(KITTI odometry)', _of_sequence(kitti.read)),
    'rgbd': Layout('K.txt', 'K.txt, poses.txt, images/ and, with depth, depth/ (video)',
                   _of_sequence(rgbd.read)),
    'tum': Layout('rgb.txt', 'rgb.txt, groundtruth.txt and, with depth, depth.txt (TUM RGB-D)',
                  _of_sequence(tum.read)),
    'scannet': Layout('intrinsic/intrinsic_depth.txt', 'color/, depth/, pose/ and intrinsic/'
                      'intrinsic_depth.txt (ScanNet)', _of_sequence(scannet.read)),
    'euroc': Layout('mav0/cam0/data.csv', 'mav0/cam0/ and mav0/state_groundtruth_estimate0/ '
                    '(EuRoC)', _of_sequence(euroc.read)),
    'airsim': Layout('depth_persp', "img/, depth_persp/ and ../*.json (AirSim, as GoodPoint's "
                     'authors have it)', _of_sequence(airsim.read)),
    'caps': Layout('aligned/pairs.txt', 'aligned/img_cam.txt, aligned/pairs.txt and '
                   'aligned/images/ (CAPS)', lambda folder, name: caps.read(folder / 'aligned',
                                                                            name)),
}
POSED = ('colmap', 'phototourism', 'strecha', 'kitti', 'rgbd')  # that benchmarks look for


def open_scenes(root: Path, names: Iterable[str] = POSED, unposed: bool = False) -> list[Scene]:
    """Return the scenes at `root` or up to three folders below, by name.

    Args:
        root: folder of scenes, or one.
        names: of LAYOUTS.
        unposed: whether scenes of photographs without poses are taken too (photographs.py).

    Raises:
        DatasetError: there are none, and what was looked for; or one is incomplete, and the file.
    """
    if not root.is_dir():
        raise DatasetError(f'{root}: no such folder')
    names, scenes, found = tuple(names), [], set()
    for name in names:
        for folder in folders(root, LAYOUTS[name].marker):
            if folder not in found:
                found.add(folder)
                scenes.append(LAYOUTS[name].read(folder, scene_name(root, folder)))
    if unposed:
        others = {folder for layout in LAYOUTS.values() for folder in folders(root, layout.marker)}
        scenes += [photographs.read(folder, scene_name(root, folder))
                   for folder in photographs.folders(root, DEEPEST, others)]
    if not scenes:
        expected = '; '.join([*(LAYOUTS[name].expects for name in names),
                              *([photographs.EXPECTS] if unposed else [])])
        raise DatasetError(f'{root}: no {"" if unposed else "posed "}scene there or up to '
                           f'{DEEPEST} folders below; a scene has one of: {expected}')
    return sorted(scenes, key=lambda scene: scene.name)


def folders(root: Path, marker: str) -> Iterator[Path]:
    """Yield the folders at or below `root` in which a pattern is found, the nearest first."""
    for depth in range(DEEPEST + 1):
        for path in sorted(root.glob('*/' * depth + marker)):
            folder = path.parents[marker.count('/')]
            if not any(part.startswith('.') for part in folder.relative_to(root).parts):
                yield folder


def scene_name(root: Path, folder: Path) -> str:
    """Return the folder's path below the root, the root's own name for itself."""
    return folder.relative_to(root).as_posix() if folder != root else root.resolve().name
