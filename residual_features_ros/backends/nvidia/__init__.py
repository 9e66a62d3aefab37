# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What tensorrt and tensorrt_rtx share: networks become engines, which run on a GPU."""
