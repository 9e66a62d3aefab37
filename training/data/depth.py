# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Training pairs of real photographs: depth and poses say which keypoints correspond."""
from __future__ import annotations

from dataclasses import replace

import numpy as np

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.fusion import keypoint_rows
from residual_features_ros.handcrafted import detect
from residual_features_ros.image import to_bgr, to_grey
from residual_features_ros.types import float_rows
from training.config import DataConfig
from training.data.homography import inside
from training.data.pairs import correspond
from training.data.photometric import distort
from training.data.posed import NOWHERE, PosedPairs, View, cut, reproject

SAME_DEPTH = 0.05  # relative; D2-Net takes 0.05 of the scene's unit, LoFTR 0.2 relative
ATTEMPTS = 100
PROBES = 300


class DepthPairDataset:
    """PairDataset's items, but for the homography, from pairs of photographs.

    valid is False for keypoints whose place in the other view is unknown: no depth, or the other
    view shows something nearer or has no depth there. They are neither positives nor negatives.
    Keypoints that the other view does not reach are negatives.
    """

    def __init__(self, source: PosedPairs, handcrafted: str, config: DataConfig, seed: int,
                 length: int) -> None:
        """Hold the source; `length` is the number of samples."""
        self.source, self.handcrafted, self.config = source, handcrafted, config
        self.seed, self.length = seed, length

    def __len__(self) -> int:
        """Return the number of samples."""
        return self.length

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        """Make sample `number`, a pure function of (seed, number)."""
        views = photographed(self.source, self.config, self.seed, number)
        rows, descriptors = [], []
        for view in views:
            found = detect(self.handcrafted, to_grey(view.image), self.config.keypoints,
                           ExtractorConfig())
            rows.append(keypoint_rows(found))
            descriptors.append(float_rows(found.descriptors))
        return collate(views, rows, descriptors, self.config.keypoints,
                       upright='upright' in self.handcrafted)


def photographed(source: PosedPairs, config: DataConfig, seed: int, number: int) -> list[View]:
    """Return the two views of sample `number`, cut and changed: a function of (seed, number)."""
    rng = np.random.default_rng([seed, 1, number])
    views = overlapping_views(rng, source, config, seed, number)
    grey = rng.random() < config.photometric.grey_share
    for place, view in enumerate(views):
        image = distort(rng, view.image, config.photometric)
        views[place] = replace(view, image=to_bgr(to_grey(image)) if grey else image)
    return views


def overlapping_views(rng: np.random.Generator, source: PosedPairs, config: DataConfig, seed: int,
                      number: int) -> list[View]:
    """Cut two views of config.size around a place that both photographs show.

    Raises:
        ValueError: many pairs in a row overlap too little.
    """
    pairs, frames = source.pairs, source.frames
    epoch, place = divmod(number, len(pairs))
    order = np.random.default_rng([seed, epoch]).permutation(len(pairs))
    for attempt in range(min(ATTEMPTS, len(pairs))):
        chosen = rng.permutation(pairs[order[(place + attempt) % len(pairs)]])
        views = [frames[k].read() for k in chosen]
        centres = shared_place(rng, views[0], views[1], config.warp.min_overlap)
        if centres is not None:
            return [cut(view, draw_cut(rng, view, centre, config), config.size)
                    for view, centre in zip(views, centres, strict=True)]
    raise ValueError(f'{source.path}: {attempt + 1} pairs in a row overlap by less than '
                     f'data.warp.min_overlap={config.warp.min_overlap}, or their depth '
                     'and poses disagree')


def carry(keypoints: np.ndarray, first: View,
          second: View) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Move keypoints (N, 4) = x, y, size, angle into the other view, as on a plane facing `first`.

    Returns:
        (N, 4) keypoints, (N,) which are seen there, (N,) of which it is unknown.
    """
    points, angle = keypoints[:, :2].astype(np.float64), np.radians(keypoints[:, 3])
    depth = first.depth_at(points)
    moved, distance = reproject(points, depth, first, second)
    step = 0.5 * np.stack([np.cos(angle), np.sin(angle)], 1)
    ahead = reproject(points + step, depth, first, second)[0] - moved
    across = reproject(points + step[:, ::-1] * [-1, 1], depth, first, second)[0] - moved
    area = np.abs(ahead[:, 0] * across[:, 1] - ahead[:, 1] * across[:, 0]) / 0.25
    turned = np.degrees(np.arctan2(ahead[:, 1], ahead[:, 0])) % 360
    seen = (depth > 0) & shows(second, moved, distance)
    unknown = (depth == 0) | (inside(np.rint(moved), second.size) & ~seen)
    return np.c_[moved, keypoints[:, 2] * np.sqrt(area), turned], seen, unknown


def shows(view: View, places: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Return where the view's own depth at places (N, 2) is the distance (N,), nothing nearer."""
    there = view.depth_at(places)
    return (there > 0) & (np.abs(there - distance) < SAME_DEPTH * distance)


def collate(views: list[View], rows: list[np.ndarray], descriptors: list[np.ndarray], count: int,
            upright: bool) -> dict[str, np.ndarray]:
    """Pad keypoints (N, 4) and descriptors (N, D) of two views and find the corresponding ones."""
    predicted, seen, unknown = carry(rows[0], views[0], views[1])
    _, seen_back, unknown_back = carry(rows[1], views[1], views[0])
    match = correspond(predicted, rows[1], upright)
    match[~seen] = -1
    if len(rows[1]):
        match[~seen_back[match]] = -1
    predicted[unknown] = NOWHERE
    return {
        'images': np.stack([view.image for view in views]),
        'keypoints': np.stack([pad(r, count) for r in rows]),
        'handcrafted': np.stack([pad(d, count) for d in descriptors]),
        'valid': np.stack([pad(~unknown, count), pad(~unknown_back, count)]),
        'warped': pad(predicted[:, :2].astype(np.float32), count, NOWHERE),
        'match': pad(match, count, -1),
    }


def shared_place(rng: np.random.Generator, first: View, second: View,
                 min_overlap: float) -> tuple[np.ndarray, np.ndarray] | None:
    """Return a random place (2,), (2,) in both views; None where they overlap by less."""
    y, x = np.divmod(rng.integers(0, first.depth.size, PROBES), first.size[0])
    points = np.stack([x, y], 1)[first.depth[y, x] > 0]
    depth = first.depth_at(points)
    places, distance = reproject(points, depth, first, second)
    seen = np.flatnonzero(shows(second, places, distance))
    if not len(seen) or len(seen) < min_overlap * len(points):
        return None
    chosen = rng.choice(seen)
    return points[chosen], places[chosen]


def draw_cut(rng: np.random.Generator, view: View, centre: np.ndarray,
             config: DataConfig) -> np.ndarray:
    """Draw the 3x3 map from pixels of a photograph to those of a cut of config.size.

    The cut covers the photograph, or down to 1 / warp.scale of it, around `centre` as far as it
    has pixels, and is turned as warp.rotation_deg and warp.full_rotation say.
    """
    warp, size = config.warp, np.array(config.size)
    scale = max(size / view.size) * np.exp(rng.random() * np.log(max(warp.scale, 1.0)))
    half = size / (2 * scale)
    middle = np.clip(centre, half - 0.5, view.size - half - 0.5)
    turn = np.radians((180 if rng.random() < warp.full_rotation else warp.rotation_deg)
                      * rng.uniform(-1, 1))
    cosine, sine = scale * np.cos(turn), scale * np.sin(turn)
    linear = np.array([[cosine, -sine], [sine, cosine]])
    return np.vstack([np.c_[linear, (size - 1) / 2 - linear @ middle], [0, 0, 1]])


def pad(rows: np.ndarray, count: int, value: float = 0) -> np.ndarray:
    """Return rows (N, ...) as (count, ...), filled with `value`."""
    padded = np.full((count, *rows.shape[1:]), value, rows.dtype)
    padded[:len(rows)] = rows
    return padded
