# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""SuperPoint: Self-Supervised Interest Point Detection and Description (arXiv 1712.07629)."""
