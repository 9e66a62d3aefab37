# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The real node over real DDS, driven by a process that costs little, in figures."""
