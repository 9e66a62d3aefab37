# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Homographic adaptation (section 5): labels of photographs, kept on disk."""
from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from residual_features_ros.detection import DetectorCard, peaks
from residual_features_ros.image import to_grey
from training import arrays
from training.data.sources.images import ImageSource, is_label_map
from training.geometry import inside, warp_image, warp_points
from training.methods.superpoint.config import LabelConfig, ViewConfig
from training.methods.superpoint.model import as_input
from training.methods.superpoint.views import random_view

Detector = Callable[[Tensor], Tensor]  # (B, 1, H, W) in [0, 1] -> scores (B, H, W)
BATCH = 10  # warps at a time
CORNER_SIGMA_PX = 0.8  # smooths before derivatives are taken
LEAST_RESPONSE = 1e-6  # an image without any corner has scores near 0
BORDER = 4  # pixels along the edges of a warp whose scores do not count


@dataclass(frozen=True)
class LabelFolder:
    """Labels on disk, one file per photograph, named by its pixels."""

    path: Path

    def file(self, grey: np.ndarray) -> Path:
        """Return the file of a photograph (H, W) as `fitted` returns it."""
        return self.path / f'{hashlib.sha256(grey.tobytes()).hexdigest()[:24]}.npz'

    def read(self, grey: np.ndarray) -> np.ndarray:
        """Return the points (N, 2) of a photograph (H, W).

        Raises:
            ValueError: it has none; names the remedy.
        """
        found = arrays.load(self.file(grey))
        if found is None:
            raise ValueError(f'{self.file(grey)}: no such labels; train again, which makes those '
                             'that are missing')
        return found['points']


def fitted(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Scale a photograph until it covers `size` (width, height), and cut its middle."""
    height, width = image.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    wide = max(size[0], round(width * scale)), max(size[1], round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    image = cv2.resize(image, wide, interpolation=method)
    x, y = (wide[0] - size[0]) // 2, (wide[1] - size[1]) // 2
    return np.ascontiguousarray(image[y:y + size[1], x:x + size[0]])


def make_labels(images: ImageSource, folder: LabelFolder, find: Detector, seed: int,
                labels: LabelConfig, views: ViewConfig, device: torch.device,
                share: slice = slice(None), quiet: bool = False) -> None:
    """Write the labels of all photographs that have none yet.

    Args:
        images: segmentation maps among them get none.
        folder: where they are kept; what is there is not made again.
        find: the detector.
        seed: labels are a function of it and of the photograph.
        labels: how many warps, and which peaks are points.
        views: the warps.
        device: where `find` runs.
        share: which of the photographs.
        quiet: whether to draw no progress bar.
    """
    for name in tqdm(images.names[share], desc='labels', unit='image', disable=quiet):
        image = images.read(name)
        if is_label_map(image):
            continue
        grey = to_grey(fitted(image, labels.size))
        path = folder.file(grey)
        if path.exists():
            continue
        maps = homographies_of(grey, seed, labels, views)
        scores = adapt(torch.from_numpy(grey).to(device), torch.from_numpy(maps).to(device), find)
        arrays.save(path, {'points': points_of(scores.cpu().numpy(), labels)})


def homographies_of(grey: np.ndarray, seed: int, labels: LabelConfig,
                    views: ViewConfig) -> np.ndarray:
    """Return a photograph's warps (N_h, 3, 3) float32, the identity and random ones.

    They are a function of its pixels and the seed, whatever file it comes from.
    """
    digest = hashlib.sha256(grey.tobytes()).digest()
    rng = np.random.default_rng([seed, int.from_bytes(digest[:8], 'big')])
    random = [random_view(rng, labels.size, views) for _ in range(labels.homographies - 1)]
    return np.stack([np.eye(3), *random]).astype(np.float32)


def adapt(grey: Tensor, homographies: Tensor, find: Detector) -> Tensor:
    """Average the scores of warps of an image in its own pixels (equation 10).

    A pixel's mean is over the warps that show it.

    Args:
        grey: (H, W) uint8.
        homographies: (N_h, 3, 3) from the image to its warps.
        find: the detector f.

    Returns:
        (H, W), the mean of H_i^-1 f(H_i(I)).
    """
    image, size = as_input(grey[None]), (grey.shape[1], grey.shape[0])
    total = torch.zeros_like(image[0, 0])
    count = torch.zeros_like(total)
    for maps in homographies.split(BATCH):
        views = warp_image(image.expand(len(maps), -1, -1, -1), torch.linalg.inv(maps))
        back = warp_image(find(views)[:, None].float(), maps)[:, 0]
        counted = covered(maps, size)
        total += (back * counted).sum(0)
        count += counted.sum(0)
    return total / count.clamp_min(1)


def corner_scores(images: Tensor) -> Tensor:
    """Return Shi and Tomasi's corner response, a share of each image's strongest.

    Args:
        images: (B, 1, H, W) in [0, 1].

    Returns:
        (B, H, W) float32.
    """
    scores = []
    for image in images[:, 0].float().cpu().numpy():
        smooth = cv2.GaussianBlur(image, (0, 0), CORNER_SIGMA_PX)
        response = cv2.cornerMinEigenVal(smooth, blockSize=3, ksize=3)
        scores.append(response / max(float(response.max()), LEAST_RESPONSE))
    return torch.from_numpy(np.stack(scores)).to(images.device)


def covered(homographies: Tensor, size: tuple[int, int]) -> Tensor:
    """Return (B, H, W) float which pixels of an image are in its warps, not at their edges."""
    width, height = size
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing='ij')
    pixels = torch.stack([x, y], 2).flatten(0, 1).to(homographies)
    moved = warp_points(pixels, homographies) - BORDER
    within = inside(moved, (width - 2 * BORDER, height - 2 * BORDER))
    return within.unflatten(1, (height, width)).float()


def points_of(scores: np.ndarray, labels: LabelConfig) -> np.ndarray:
    """Return the points (N, 2) float32 of an averaged map (H, W): its strongest peaks."""
    card = DetectorCard(threshold=labels.threshold, nms_radius=labels.nms_radius, border=BORDER)
    return np.stack(peaks(np.ascontiguousarray(scores, np.float32), card, labels.most),
                    1).astype(np.float32)
