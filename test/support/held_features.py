# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How much is in memory, counted by the objects that are there."""
import gc

from residual_features_ros import Features


def held():
    """Return how many images' features are in memory."""
    return sum(type(one) is Features for one in gc.get_objects())
