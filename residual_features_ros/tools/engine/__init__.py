# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""engine: build what TensorRT needs on this GPU before a node needs it."""
