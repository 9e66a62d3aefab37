# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""python -m residual_features_ros."""
import sys

from residual_features_ros.tools.command_line import main

sys.exit(main())
