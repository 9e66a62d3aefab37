# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""LF-Net: Learning Local Features from Images (arXiv 1805.09662)."""
