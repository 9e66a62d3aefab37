# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a test needs and a machine may lack."""
import pytest

from residual_features_ros.backends import load_backend
from residual_features_ros.errors import BackendError


def need_backend(name):
    """Return a backend; skip the test with the backend's own reason where it cannot run here."""
    try:
        return load_backend(name)
    except BackendError as error:
        pytest.skip(str(error))
