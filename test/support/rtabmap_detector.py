# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""RTAB-Map's side of a detector in Python: what its corelib/src/python/PyDetector.cpp does.

As of commit 5fad2d2 (0.23.8).
"""
import ctypes
import importlib
import sys
from pathlib import Path

import numpy as np


def memory(array):
    """Return the floats that lie behind an array, in the order in which they lie there."""
    start = ctypes.cast(array.ctypes.data, ctypes.POINTER(ctypes.c_float))
    return np.ctypeslib.as_array(start, (array.size,)).reshape(array.shape).copy()


class PyDetector:
    """A file as PyDetector/Path, for Kp/DetectorStrategy or Vis/FeatureType 15."""

    def __init__(self, path, cuda=False, max_features=1000):
        path = Path(path)
        if path.suffix != '.py':
            raise ValueError(f'{path}: not a Python file')
        sys.path.append(str(path.parent))
        self.module = importlib.import_module(path.name.split('.')[0])
        self.cuda, self.max_features, self.ready = cuda, max_features, False

    def detect(self, grey, mask=None):
        """Return keypoints (N, 3), x, y and response, and descriptors (N, D) float32.

        mask: (H, W), 0 where keypoints are not wanted.
        """
        if not self.ready:
            self.module.init(int(self.cuda))
            self.ready = True
        answer = self.module.detect(np.ascontiguousarray(grey))
        if not isinstance(answer, tuple) or len(answer) != 2:
            raise ValueError('expected a tuple of keypoints and descriptors')
        if any(array.dtype != np.float32 or array.ndim != 2 for array in answer):
            raise ValueError('expected two matrices of float32')
        keypoints, rows = (memory(array) for array in answer)
        if keypoints.shape[1] != 3 or len(rows) != len(keypoints) or not rows.shape[1]:
            raise ValueError(f'shapes {keypoints.shape} and {rows.shape} do not fit')
        if mask is not None:
            kept = inside(keypoints[:, :2].astype(int), mask)
            keypoints, rows = keypoints[kept], rows[kept]
        if 0 < self.max_features < len(keypoints):
            strongest = np.lexsort((np.arange(len(rows)), np.abs(keypoints[:, 2])))[::-1]
            kept = strongest[:self.max_features]
            keypoints, rows = keypoints[kept], rows[kept]
        return keypoints, rows


def inside(pixels, mask):
    """Return which pixels (N, 2) lie in the image where the mask is not 0."""
    height, width = mask.shape
    kept = np.all((pixels >= 0) & (pixels < [width, height]), axis=1)
    x, y = pixels[kept].T
    kept[kept] = mask[y, x] != 0
    return kept
