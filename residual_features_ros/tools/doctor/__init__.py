# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""doctor: what runs here, what would be faster, what arrives, and whether it keeps up."""
