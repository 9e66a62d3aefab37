# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Names of distortion models as drivers write them, and their coefficients as OpenCV takes them.

As in ROS's image_geometry, coefficients that are all zero mean an image without distortion,
whatever the model is called.
"""
from __future__ import annotations

import numpy as np

from residual_features_ros.errors import CameraError

PLUMB_BOB, RATIONAL, EQUIDISTANT = 'plumb_bob', 'rational_polynomial', 'equidistant'
# In small letters, words joined by _.
ALIASES = {
    **dict.fromkeys(('', PLUMB_BOB, 'radtan', 'radial_tangential', 'brown_conrady', 'brown',
                     'opencv'), PLUMB_BOB),
    **dict.fromkeys((RATIONAL, 'rational', 'radtan8'), RATIONAL),
    **dict.fromkeys((EQUIDISTANT, 'equi', 'fisheye', 'opencv_fisheye', 'kannala_brandt',
                     'kannala_brandt4', 'kannala_brandt8', 'kannalabrandt', 'kannalabrandt4',
                     'kannalabrandt8', 'kb4'), EQUIDISTANT)}
# Names of no distortion, whose coefficients are zeros then.
NONE = ('none', 'no_distortion', 'pinhole', 'perspective', 'linear', 'ideal', 'rectified',
        'undistorted')
# How many coefficients OpenCV takes.
COUNTS = {PLUMB_BOB: (4, 5, 8, 12, 14), RATIONAL: (8, 12, 14), EQUIDISTANT: (4,)}


def distortion_of(model: str, coefficients: np.ndarray) -> tuple[np.ndarray, str]:
    """Return coefficients as OpenCV takes them, and the model's name in ROS.

    Args:
        model: any of ALIASES or NONE, in capital or small letters.
        coefficients: (N,); zeros at the end may be missing, or be too many.

    Returns:
        (D,) in OpenCV's order, none without distortion; and plumb_bob, rational_polynomial or
        equidistant.

    Raises:
        CameraError: a model that is not known, or more coefficients than it has; it is named.
    """
    called = ' '.join(model.split()) or 'distortion'
    if not np.isfinite(coefficients).all():
        raise CameraError(f'{called} has coefficients that are no numbers')
    name = '_'.join(model.strip('\0 ').lower().replace('-', ' ').replace('_', ' ').split())
    known = ALIASES.get(name)
    if not np.any(coefficients):
        return np.zeros(0), known or PLUMB_BOB
    if name in NONE:
        raise CameraError(f'distortion model {model!r} means no distortion, but its coefficients '
                          f'are {coefficients.tolist()}')
    if known is None:
        raise CameraError(f'distortion model {model!r} is not known; known: {PLUMB_BOB}, '
                          f'{RATIONAL}, {EQUIDISTANT}, and their other names '
                          f'{", ".join(sorted(set(ALIASES) - {"", *COUNTS}))}')
    return _fitted(coefficients, known, called), known


def _fitted(coefficients: np.ndarray, known: str, called: str) -> np.ndarray:
    """Return coefficients with as many zeros at the end as OpenCV wants."""
    last = int(np.flatnonzero(coefficients)[-1]) + 1
    for count in COUNTS[known]:
        if last <= count:
            fitted = np.zeros(count)
            fitted[:last] = coefficients[:last]
            return fitted
    raise CameraError(f'{called} has {COUNTS[known][-1]} coefficients, '
                      f'got {len(coefficients)}')
