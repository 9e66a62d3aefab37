# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Two crops of photographs with depth and poses that show the same place."""
from __future__ import annotations

from dataclasses import replace

import numpy as np

from residual_features_ros.image import to_bgr, to_grey
from training.config import DataConfig
from training.data.photometric import distort
from training.data.rgbd_views import RgbdView, crop, read_rgbd, reproject, shows
from training.data.sources.posed import PosedPairs

ATTEMPTS = 100
PROBES = 300


def photographed(source: PosedPairs, config: DataConfig, seed: int,
                 number: int) -> list[RgbdView]:
    """Return the two views of sample `number`, cropped and changed, by (seed, number) alone."""
    rng = np.random.default_rng([seed, 1, number])
    views = overlapping_views(rng, source, config, seed, number)
    grey = rng.random() < config.photometric.grey_share
    for place, view in enumerate(views):
        image = distort(rng, view.image, config.photometric)
        views[place] = replace(view, image=to_bgr(to_grey(image)) if grey else image)
    return views


def overlapping_views(rng: np.random.Generator, source: PosedPairs, config: DataConfig, seed: int,
                      number: int) -> list[RgbdView]:
    """Crop two views of config.size around a place that both photographs show.

    Raises:
        ValueError: many pairs in a row overlap too little.
    """
    pairs, images = source.pairs, source.images
    epoch, place = divmod(number, len(pairs))
    order = np.random.default_rng([seed, epoch]).permutation(len(pairs))
    for attempt in range(min(ATTEMPTS, len(pairs))):
        chosen = rng.permutation(pairs[order[(place + attempt) % len(pairs)]])
        views = [read_rgbd(images[k]) for k in chosen]
        centres = shared_place(rng, views[0], views[1], config.warp.min_overlap)
        if centres is not None:
            return [crop(view, draw_crop(rng, view, centre, config), config.size)
                    for view, centre in zip(views, centres, strict=True)]
    raise ValueError(f'{source.path}: {attempt + 1} pairs in a row overlap by less than '
                     f'data.warp.min_overlap={config.warp.min_overlap}, or their depth '
                     'and poses disagree')


def shared_place(rng: np.random.Generator, first: RgbdView, second: RgbdView,
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


def draw_crop(rng: np.random.Generator, view: RgbdView, centre: np.ndarray,
             config: DataConfig) -> np.ndarray:
    """Draw the 3x3 map from pixels of a photograph to those of a crop of config.size.

    The crop covers the photograph, or down to 1 / warp.scale of it, around `centre` as far as it
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
