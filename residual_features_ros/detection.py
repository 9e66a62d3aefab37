# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Learned detectors: keypoints are the peaks of a map of scores that h gives."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.mask import Mask
from residual_features_ros.types import Features

MOST_PAIRED = 500  # equal scores that are compared one by one
MAPS = ('scores', 'dense', 'scale', 'orientation')  # what h may give, DetectorCard has the shapes


@dataclass(frozen=True)
class DetectorCard:
    """How keypoints are read off the maps of h; a part of model_card.ModelCard.

    maps: h's outputs in their order, 'scores' and any of the others:
        scores (B, H, W) of each pixel, the larger the better
        dense (B, dense_dim, H / stride, W / stride) as without a detector
        scale (B, H, W) of a keypoint there, times `size`
        orientation (B, 2, H, W) cosine and sine of its angle, of any length
    threshold: keypoints have a score above it.
    nms_radius: pixels; a keypoint has the largest score of the square of this half-width.
    border: pixels along the image's edges that have no keypoints.
    size: diameter of a keypoint in pixels.
    softargmax_radius: half-width in pixels of the square whose softmax-weighted mean is the
        keypoint's sub-pixel place; 0 leaves it at the pixel's centre.
    softargmax_temperature: scores are divided by it there.
    """

    maps: tuple[str, ...] = ('scores', 'dense')
    threshold: float = 0.0
    nms_radius: int = 4
    border: int = 4
    size: float = 8.0
    softargmax_radius: int = 0
    softargmax_temperature: float = 0.1

    def __post_init__(self) -> None:
        """Raise ValueError for maps that nobody here knows, or none of scores."""
        if 'scores' not in self.maps or not set(self.maps) <= set(MAPS):
            raise ValueError(f'a detector has the map scores, and of the others those among '
                             f'{", ".join(MAPS)}; got {", ".join(self.maps)}')


def as_set(card: DetectorCard, config: ExtractorConfig) -> DetectorCard:
    """Return the card with what settings say instead: score_threshold and nms_radius."""
    if config.score_threshold >= 0:
        card = replace(card, threshold=config.score_threshold)
    if config.nms_radius >= 0:
        card = replace(card, nms_radius=config.nms_radius)
    return card


def find(maps: Mapping[str, np.ndarray], card: DetectorCard, size: tuple[int, int], count: int,
         shrink: int = 1, mask: Mask | None = None) -> Features:
    """Find at most `count` keypoints, strongest first.

    Args:
        maps: those of one image, without their B; what they have beyond its size is padding.
        card: how.
        size: (width, height) of the image in pixels.
        count: most keypoints.
        shrink: the image that h saw was 1 / shrink of that size.
        mask: where they may be, None for everywhere.

    Returns:
        Features without descriptors, (N, 0) float32; the angle is -1 where h has no orientation.
    """
    width, height = (max(side // shrink, 1) for side in size)
    scores = np.ascontiguousarray(maps['scores'][:height, :width], np.float32)
    x, y = peaks(scores, card, None if mask else count)
    points = np.stack([x, y], 1).astype(np.float32) + offsets(scores, x, y, card)
    points = (points + np.float32(0.5)) * np.float32(shrink) - np.float32(0.5)
    if mask:
        allowed = np.flatnonzero(mask.allows(points))[:count]
        x, y, points = x[allowed], y[allowed], points[allowed]
    sizes = np.full(len(x), card.size * shrink, np.float32)
    if 'scale' in maps:
        sizes = sizes * maps['scale'][y, x].astype(np.float32)
    angles = np.full(len(x), -1, np.float32)
    if 'orientation' in maps:
        cosine, sine = maps['orientation'][:, y, x].astype(np.float32)
        angles = np.degrees(np.arctan2(sine, cosine)) % np.float32(360)
        angles[angles >= 360] = 0  # -1e-7 % 360 is 360 in float32
    return Features(points, sizes, angles, scores[y, x], np.zeros(len(x), np.int32),
                    np.zeros((len(x), 0), np.float32), size)


def peaks(scores: np.ndarray, card: DetectorCard,
          count: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Return columns and rows (N,) of the `count` strongest peaks of scores (H, W) float32.

    None is all of them.

    Of equal scores within nms_radius of each other the first in reading order stays.
    """
    kernel = np.ones((2 * card.nms_radius + 1,) * 2, np.uint8)
    peak = (scores == cv2.dilate(scores, kernel)) & (scores > card.threshold)
    if card.border:
        for edge in (peak, peak.T):
            edge[:card.border] = False
            edge[-card.border:] = False
    y, x = np.nonzero(peak)
    order = np.argsort(-scores[y, x], kind='stable')
    y, x = y[order], x[order]
    first = first_of_equals(scores, x, y, card.nms_radius)
    return x[first][:count], y[first][:count]


def first_of_equals(scores: np.ndarray, x: np.ndarray, y: np.ndarray, radius: int) -> np.ndarray:
    """Return (N,) which peaks x, y, strongest first, have none of their score before them nearby.

    bf16 and saturated scores have many equal ones.
    """
    found = scores[y, x]
    stay, same = np.ones(len(x), bool), np.zeros(len(x), bool)
    same[1:] = found[1:] == found[:-1]
    same[:-1] |= same[1:]
    tied = np.flatnonzero(same)
    if len(tied) > MOST_PAIRED:
        ranks = np.zeros_like(scores)
        ranks[y, x] = np.arange(len(y), 0, -1)
        kernel = np.ones((2 * radius + 1,) * 2, np.uint8)
        stay[:] = ranks[y, x] == cv2.dilate(ranks, kernel)[y, x]
    elif len(tied):
        near = [np.abs(np.subtract.outer(axis[tied], axis[tied])) <= radius for axis in (x, y)]
        stay[tied] = ~np.tril(near[0] & near[1], -1).any(1)
    return stay


def offsets(scores: np.ndarray, x: np.ndarray, y: np.ndarray, card: DetectorCard) -> np.ndarray:
    """Return how far (N, 2) the mean place of the scores around pixels x, y is from them.

    Places are weighted by softmax(scores / softargmax_temperature) over the square of
    softargmax_radius (LF-Net, section 3.1); what lies outside the image does not count.
    """
    radius = card.softargmax_radius
    if not radius or not len(x):
        return np.zeros((len(x), 2), np.float32)
    steps = np.arange(-radius, radius + 1)
    rows, columns = (axis[:, None] + steps for axis in (y, x))  # (N, S)
    (rows_in, rows), (columns_in, columns) = (
        ((axis >= 0) & (axis < side), axis.clip(0, side - 1))
        for axis, side in zip((rows, columns), scores.shape, strict=True))
    windows = scores[rows[:, :, None], columns[:, None]]  # (N, S, S)
    windows[~(rows_in[:, :, None] & columns_in[:, None])] = -np.inf
    largest = windows.max((1, 2), keepdims=True)
    weights = np.exp((windows - largest) / np.float32(card.softargmax_temperature))
    weights /= weights.sum((1, 2), keepdims=True)
    away = steps.astype(np.float32)
    return np.stack([weights.sum(1) @ away, weights.sum(2) @ away], 1)
