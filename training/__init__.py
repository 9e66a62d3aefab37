# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Offline: train the methods of the papers, export them for the runtime, evaluate them."""
