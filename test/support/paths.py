# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / 'residual_features_ros'
CONFIG = ROOT / 'config'
# Folders and files of Python that the linters of ROS read.
SOURCES = ('launch', 'residual_features_ros', 'setup.py', 'test', 'training')
