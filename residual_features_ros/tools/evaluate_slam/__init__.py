# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""evaluate-slam: how the SLAM back-end of the examples does with the features of methods."""
