# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The loss of a batch in one process, for the tests."""
from training.methods.residual.loss import loss_terms


def pair_loss(descriptors, batch, config, dense=None):
    """Return the mean of loss_terms, 0 where there are none."""
    total, count = loss_terms(descriptors, dense, batch, config)
    return total / count.clamp_min(1)
