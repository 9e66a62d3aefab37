# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A compact monocular SLAM back-end: what a subscriber does with features and bags of words."""
