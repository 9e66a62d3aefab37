# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The ROS 2 nodes and their messages: thin, everything else lives in the core."""
