# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Training pairs: two views of a photograph, their keypoints, and which ones correspond."""
from __future__ import annotations

import numpy as np

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.geometry.homography import inside
from residual_features_ros.image import to_grey
from residual_features_ros.keypoints.table import DETECTORS, detect
from residual_features_ros.rows.windows import keypoint_rows
from residual_features_ros.types import Features, float_rows
from training.config import DataConfig
from training.data.correspondence import correspond, predict_keypoints
from training.data.pairs.homography_views import make_views
from training.data.pairs.still_samples import StillSamples
from training.data.photometric import happens
from training.data.sources.exposures import NO_EXPOSURES, Exposures
from training.data.sources.images import ImageSource


class KeypointPairs(StillSamples):
    """Sample number -> pair, a pure function of (seed, number): any worker, any order, any resume.

    An item is a dictionary of numpy arrays; K = data.keypoints, missing keypoints are zeros:
        images (2, H, W, 3) uint8 BGR      keypoints (2, K, 4) x, y, size, angle
        handcrafted (2, K, D)              valid (2, K) bool
        projected (K, 2) places of the first view's keypoints in the second
        match (K,) int64 row in the second view, -1 for none
        homography (3, 3) float32 from pixels of the first view to those of the second
    """

    def __init__(self, images: ImageSource, handcrafted: str, config: DataConfig, seed: int,
                 length: int, exposures: Exposures = NO_EXPOSURES) -> None:
        """Hold the sources of images; `length` is the number of samples.

        Of `exposures`, where there are any, config.exposure_share of the samples are made.
        """
        super().__init__(images, seed, length)
        self.handcrafted, self.config, self.exposures = handcrafted, config, exposures

    def make(self, rng: np.random.Generator, image: np.ndarray) -> dict[str, np.ndarray]:
        """Make a sample of a photograph (H, W, 3) BGR uint8, or of two aligned ones instead."""
        other = None
        if self.exposures and happens(rng, self.config.exposure_share):
            image, other = self.exposures.draw(rng)
        views, homography = make_views(rng, image, self.config, other)
        found = [self._detect(view) for view in views]
        return collate_pair(views, found, homography, self.config.keypoints,
                            upright=not DETECTORS[self.handcrafted].oriented)

    def _detect(self, view: np.ndarray) -> Features:
        return detect(self.handcrafted, to_grey(view), self.config.keypoints, ExtractorConfig())


def collate_pair(views: list[np.ndarray], found: list[Features], homography: np.ndarray,
                 count: int, upright: bool) -> dict[str, np.ndarray]:
    """Pad the keypoints of two views to `count` rows and find the corresponding ones."""
    size = (views[0].shape[1], views[0].shape[0])
    rows = [keypoint_rows(features) for features in found]
    predicted = predict_keypoints(rows[0], homography)
    match = correspond(predicted, rows[1], upright)
    match[~inside(predicted[:, :2], size)] = -1
    return {
        'images': np.stack(views),
        'keypoints': np.stack([_pad(r, count) for r in rows]),
        'handcrafted': np.stack([_pad(float_rows(f.descriptors), count) for f in found]),
        'valid': np.stack([np.arange(count) < len(f) for f in found]),
        'projected': _pad(predicted[:, :2].astype(np.float32), count, 1e6),
        'match': _pad(match, count, -1),
        'homography': homography.astype(np.float32),
    }


def _pad(rows: np.ndarray, count: int, value: float = 0) -> np.ndarray:
    padded = np.full((count, *rows.shape[1:]), value, rows.dtype)
    padded[:len(rows)] = rows
    return padded
