# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Images as bags of words of a tree of descriptors (Nister 2006; DBoW2, Galvez-Lopez 2012)."""
