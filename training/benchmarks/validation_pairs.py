# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs of images that no training has seen, of three kinds, the same in every run.

stills: photographs and frames under random homographies with photometric change.
exposure: one view, under- and over-exposed, as it is and with the second image warped.
video: frames of a camera that moves, in one place with known poses, and on a drive without.

Which images are held out is said by sources.images.split, with the share that recipes hold out,
and by data.held_out. Images are shrunk to fit into the size, never enlarged; views of stills have
the size itself.
"""
from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from residual_features_ros.datasets.image_files import list_images, read_image
from residual_features_ros.datasets.layouts import open_scenes
from residual_features_ros.datasets.posed_images import PosedImage
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.pose import relative_pose
from training.config import DataConfig, PhotometricConfig, WarpConfig
from training.data.held_out import drives, exposure_halves, halves
from training.data.pairs.homography_views import make_views
from training.data.random_homography import random_homography
from training.data.sources.images import is_label_map, open_folder, split

Size = tuple[int, int]  # (width, height) in pixels
Item = TypeVar('Item')

SEED = 40_000
PHOTOGRAPHS, FRAMES = 40, 10  # stills: the largest photographs, and so many frames of each video
# Those of the recipes when this was written: recipes may change, what is chosen by may not.
WARP = WarpConfig(rotation_deg=35, full_rotation=0.25, scale=2, perspective=0.28,
                  translation=0.15, min_overlap=0.3)
PHOTOMETRIC = PhotometricConfig(
    brightness=40, contrast=0.4, saturation=0.4, hue_deg=20, noise=12, gamma=2.2, blur_sigma_px=2,
    blur_share=0.35, motion_px=9, motion_share=0.1, grey_share=0.3)
# Moderate: the exposure is what these pairs are about.
EXPOSURE_WARP = WarpConfig(rotation_deg=20, full_rotation=0, scale=1.3, perspective=0.15,
                           translation=0.05, min_overlap=0.5)
POSED_GAPS, POSED_STARTS = (1, 2, 4, 8), 8
# Frames are a second apart: after four of them a car that drives has left what it saw, and the
# inliers are those of chance.
DRIVE_GAPS, DRIVE_STARTS = (1, 2), 12


@dataclass(frozen=True)
class Pair:
    """Two images of a set, by their numbers, and what is known of them.

    sources: the rows of the table that it counts in.
    homography: (3, 3) from the first to the second.
    motion: R (3, 3) and t (3,) from the first camera to the second.
    """

    sources: tuple[str, ...]
    first: int
    second: int
    homography: np.ndarray | None = None
    motion: tuple[np.ndarray, np.ndarray] | None = None


@dataclass(frozen=True)
class ImageSet:
    """Images (H, W, 3) BGR uint8, and pairs of them. K: (3, 3) of all, where it is known."""

    images: tuple[np.ndarray, ...]
    pairs: tuple[Pair, ...]
    K: np.ndarray | None = None


def stills(root: Path, size: Size) -> Iterator[ImageSet]:
    """Yield two views of `size` of each photograph and frame."""
    config = DataConfig(size=size, warp=WARP, photometric=PHOTOMETRIC)
    for number, (source, image) in enumerate(photographs_and_frames(root)):
        rng = np.random.default_rng([SEED, 0, number])
        views, homography = make_views(rng, image, config)
        yield ImageSet(tuple(views), (Pair((source,), 0, 1, homography),))


def photographs_and_frames(root: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Yield where an image is from, and the image."""
    for image in largest_photographs(root / 'stills', PHOTOGRAPHS):
        yield 'photographs', image
    for path in spread(drive(root), FRAMES):
        yield 'camvid', read_image(path)
    for posed in spread(posed_frames(root), FRAMES):
        yield 'seven_scenes', read_image(posed.path)


def largest_photographs(folder: Path, most: int) -> list[np.ndarray]:
    """Return the held-out photographs that have most pixels; label maps are left out."""
    _, source = split(open_folder(folder), DataConfig().validation_share)
    images = [image for name in source.names if not is_label_map(image := source.read(name))]
    return sorted(images, key=lambda image: -image.size)[:most]  # the first of equals, by name


def exposure(root: Path, size: Size) -> Iterator[ImageSet]:
    """Yield an under-exposed image, the over-exposed one, and that under a homography."""
    _, held_out = exposure_halves(root / 'exposure')
    for number, paths in enumerate(held_out):
        dark, bright = (shrunk(read_image(path), size) for path in paths)
        if dark.shape != bright.shape:
            raise DatasetError(f'{paths[1]}: not of the size of {paths[0].name} beside it')
        own_size = (dark.shape[1], dark.shape[0])
        rng = np.random.default_rng([SEED, 1, number])
        homography = random_homography(rng, own_size, EXPOSURE_WARP)
        warped = cv2.warpPerspective(bright, homography, own_size, flags=cv2.INTER_LINEAR,
                                     borderMode=cv2.BORDER_REFLECT_101)
        yield ImageSet((dark, bright, warped), (Pair(('as it is',), 0, 1, np.eye(3)),
                                                Pair(('warped',), 0, 2, homography)))


def video(root: Path, size: Size) -> Iterator[ImageSet]:
    """Yield a frame and those that are the gaps later, of the posed video and of the drive."""
    posed = posed_frames(root)
    for start in starts(posed, POSED_GAPS, POSED_STARTS):
        frames = [posed[start + gap] for gap in (0, *POSED_GAPS)]
        images, cameras, _ = zip(*(frame.read(size) for frame in frames), strict=True)
        motions = [relative_pose(frames[0], frame) for frame in frames[1:]]
        yield ImageSet(images, tuple(
            Pair(gap_sources('seven_scenes', gap), 0, number, motion=motion)
            for number, (gap, motion) in enumerate(zip(POSED_GAPS, motions, strict=True), 1)),
            cameras[0].K)
    paths = drive(root)
    for start in starts(paths, DRIVE_GAPS, DRIVE_STARTS):
        images = tuple(shrunk(read_image(paths[start + gap]), size) for gap in (0, *DRIVE_GAPS))
        yield ImageSet(images, tuple(Pair(gap_sources('camvid', gap), 0, number)
                                     for number, gap in enumerate(DRIVE_GAPS, 1)))


KINDS: dict[str, Callable[[Path, Size], Iterable[ImageSet]]] = {
    'stills': stills, 'exposure': exposure, 'video': video}


def drive(root: Path) -> Sequence[Path]:
    """Return the frames of the held-out drive."""
    return list_images(drives(root / 'video' / 'camvid')[1])


def posed_frames(root: Path) -> Sequence[PosedImage]:
    """Return the held-out frames of the video with poses."""
    return halves(open_scenes(root / 'rgbd' / 'seven_scenes', ('rgbd',))[0].images)[1]


def gap_sources(video: str, gap: int) -> tuple[str, str]:
    """Return the rows of the table that a pair of a video counts in."""
    return video, f'{video}, gap {gap}'


def starts(frames: Sequence[object], gaps: Sequence[int], most: int) -> Sequence[int]:
    """Return at most so many numbers of frames, spread evenly, from which all gaps can be gone.

    Raises:
        DatasetError: there are too few frames.
    """
    if len(frames) <= max(gaps):
        raise DatasetError(f'{len(frames)} held-out frames of a video: {max(gaps) + 1} are the '
                           f'least for pairs that are {max(gaps)} apart')
    return spread(range(len(frames) - max(gaps)), most)


def spread(items: Sequence[Item], most: int) -> list[Item]:
    """Return at most so many items, spread evenly from the first to the last."""
    return [items[int(k)] for k in np.linspace(0, len(items) - 1, min(most, len(items)))]


def shrunk(image: np.ndarray, most: Size) -> np.ndarray:
    """Return an image that fits into `most`, shrunk where it does not; its shape is kept."""
    height, width = image.shape[:2]
    scale = min(1.0, most[0] / width, most[1] / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return image if scale == 1 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def fingerprint(sets: Iterable[ImageSet]) -> str:
    """Return one sha256 of all images, and of what is known of their pairs to 9 digits."""
    digest = hashlib.sha256()
    for found in sets:
        for image in found.images:
            digest.update(image.tobytes())
        for pair in found.pairs:
            for matrix in (pair.homography, *(pair.motion or ()), found.K):
                if matrix is not None:
                    digest.update(np.array2string(matrix, precision=9).encode())
    return digest.hexdigest()
