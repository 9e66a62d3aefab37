# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras, poses and the relations of views: one definition of each matrix and error."""
