# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""PoSFeat: Decoupling Makes Weakly Supervised Local Feature Better (arXiv 2201.02861)."""
