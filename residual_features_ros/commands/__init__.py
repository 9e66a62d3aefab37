# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The commands of python -m residual_features_ros: one module with run(args) each."""


class CommandError(Exception):
    """What a command refuses, in one sentence that names the remedy."""
