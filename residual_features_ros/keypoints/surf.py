# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""SURF (Bay et al. 2008): OpenCV's where it was built non-free, else mahotas'."""
from __future__ import annotations

import functools
import logging
from collections.abc import Callable

import cv2
import numpy as np

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.keypoints.masked import MaskedSearch
from residual_features_ros.keypoints.opencv import from_opencv
from residual_features_ros.keypoints.selection import strongest
from residual_features_ros.mask import Mask
from residual_features_ros.rows.pyramid import View
from residual_features_ros.types import Features, normalise_rows

log = logging.getLogger(__name__)
DIAMETER = 9 / 1.2  # of a scale: the 9x9 filter stands for scale 1.2 (Bay et al., section 3.3)


@functools.cache
def surf_provider() -> str:
    """Return who computes SURF here, 'opencv' or 'mahotas'; ImportError names the remedy."""
    try:
        cv2.xfeatures2d.SURF.create()
        return 'opencv'
    except (AttributeError, cv2.error):  # pip's OpenCV is built without OPENCV_ENABLE_NONFREE
        pass
    try:
        import mahotas.features.surf  # noqa: F401
    except ImportError as error:
        raise ImportError('SURF needs OpenCV built with OPENCV_ENABLE_NONFREE (the pip package '
                          'is not), or: pip install mahotas') from error
    log.info('this OpenCV has no SURF (OPENCV_ENABLE_NONFREE is off): mahotas computes it, '
             '64 floats')
    return 'mahotas'


def create_surf() -> Callable[[View, int, ExtractorConfig, Mask | None], Features]:
    """Return SURF of whoever computes it here; ImportError where nobody does."""
    return {'opencv': detect_surf_opencv, 'mahotas': detect_surf_mahotas}[surf_provider()]


def detect_surf_opencv(view: View, count: int, config: ExtractorConfig,
                       mask: Mask | None = None) -> Features:
    """Find at most `count` keypoints, with 64 floats each, by OpenCV."""
    surf = cv2.xfeatures2d.SURF.create(config.surf_hessian_threshold)
    points, rows = surf.detectAndCompute(view.grey, None)
    rows = np.zeros((0, 64), np.float32) if rows is None else rows
    octaves = np.array([p.octave for p in points], np.int32)
    found = from_opencv(points, octaves, normalise_rows(rows), view.grey)
    return strongest(mask.keep(found) if mask else found, count)


def detect_surf_mahotas(view: View, count: int, config: ExtractorConfig,
                        mask: Mask | None = None) -> Features:
    """Find at most `count` keypoints, with 64 floats each, by mahotas."""
    # It drops points at the border after it has counted: ask for more, keep `count`.
    found = MaskedSearch().find(count, mask, lambda most: _detected(
        view.grey, 2 * most or view.grey.size))
    return strongest(found, count)


def _detected(grey: np.ndarray, most: int) -> Features:
    """Return at most `most` keypoints of mahotas."""
    from mahotas.features import surf

    rows = np.asarray(surf.surf(grey, max_points=most)).reshape(-1, 70)
    rows = rows[np.isfinite(rows).all(1)]  # y, x, scale, score, laplacian, angle, 64 values
    y, x, scale, score, _, angle = rows[:, :6].T.astype(np.float32)
    return Features(
        np.stack([x, y], 1), scale * np.float32(DIAMETER), np.degrees(angle) % 360, score,
        np.maximum(np.log2(np.maximum(scale, 1.2) / 1.2), 0).astype(np.int32),
        normalise_rows(rows[:, 6:]), (grey.shape[1], grey.shape[0]))
