# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""evaluate-bag: several methods on the images of a bag, without ROS."""
