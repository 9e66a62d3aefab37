# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Photographs with free licences, out of packages of software: stills to train on, and whose."""
