# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Residual Learning for Image Point Descriptors (arXiv 2312.15471)."""
