# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a test needs and a machine may lack."""
import cv2
import numpy as np
import pytest

from residual_features_ros.backends import load_backend
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.errors import BackendError
from residual_features_ros.keypoints.table import detect


def need_backend(*names):
    """Return the first backend that runs; skip the test with their reasons where none does."""
    reasons = []
    for name in names:
        try:
            return load_backend(name)
        except BackendError as error:
            reasons.append(str(error))
    pytest.skip('; '.join(reasons))


def need_default_backend():
    """Skip the test where none of the default backends runs."""
    need_backend(*ExtractorConfig().backend)


def is_there(detector):
    """Return whether OpenCV and the optional packages of this machine have a detector."""
    try:
        detect(detector, np.zeros((64, 64), np.uint8), 1, ExtractorConfig())
    except ImportError:
        return False
    return True


def need_precise_sift(count):
    """Return OpenCV's SIFT that is not off by 0.25 px; skip the test where it has none."""
    try:
        return cv2.SIFT.create(count, enable_precise_upscale=True)
    except (cv2.error, TypeError):
        pytest.skip(f'OpenCV {cv2.__version__} has no enable_precise_upscale')
