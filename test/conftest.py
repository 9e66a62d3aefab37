# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import os
import sys
from pathlib import Path

import pytest

# As pythonpath in pyproject.toml, which pytest 6.2 (Humble) does not read.
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from support.pictures import textured

pytest_plugins = ['support.ros_nodes', 'support.colcon_test', 'support.heard_logs',
                  'support.message_packages']


@pytest.fixture(scope='session')
def image():
    return textured()


@pytest.fixture(scope='session')
def data_root():
    """Real photographs for development; RESIDUAL_FEATURES_DATA names their folder."""
    root = os.environ.get('RESIDUAL_FEATURES_DATA', '')
    if not root or not Path(root).is_dir():
        pytest.skip('RESIDUAL_FEATURES_DATA is not set to a folder')
    return Path(root)
