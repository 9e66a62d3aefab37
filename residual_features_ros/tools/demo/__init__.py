# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The node shown at work without a ROS installation: bag -> DDS -> node -> DDS -> table."""
