# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A sixth method in one folder: importing it adds it to both tables."""
from residual_features_ros import registry
from training import methods

NAME = 'toy'
methods.register(NAME, 'toy_method.method', registry.Method(
    '', 'learned', 'two layers, for the tests'))
