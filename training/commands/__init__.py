# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One command per file: its options and what it does; heavy imports wait until it runs."""
