# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""calibrate: the confidence of matches, fitted on held-out pairs and measured on others."""
