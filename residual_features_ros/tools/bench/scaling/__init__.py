# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""bench --scaling: what extraction and matching cost against image size and keypoints."""
