# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""GoodPoint: unsupervised learning of keypoint detection and description (arXiv 2006.01030)."""
