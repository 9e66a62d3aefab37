# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""make-bag: data sets as rosbag2 with camera_info and ground truth."""
