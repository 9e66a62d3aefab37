# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Nearest neighbours as the ONNX file that COLMAP's ALIKED_BRUTEFORCE runs."""
from __future__ import annotations

import onnx
from onnx import parser

from residual_features_ros.model_card import ModelCard

# Names, types and ranks are those that src/colmap/feature/onnx_matchers.cc checks at 5d968cf.
MATCHER = """<ir_version: 8, opset_import: ["" : 17]>
bruteforce (float[n1, dim] descs1, float[n2, dim] descs2, float min_cossim, float max_ratio,
            int64 cross_check) => (int64[m] idx0, int64[m] idx1, float[m] scores)
<int64[1] two = {2}, int64[2] halves = {1, 1}, int64[1] last = {1}, float unit = {1.0},
 int64 zero = {0}, int64 one = {1}> {
  columns = Transpose(descs2)
  cosines = MatMul(descs1, columns)
  values, indices = TopK<axis = 1>(cosines, two)
  first, second = Split<axis = 1>(values, halves)
  nearest2, other2 = Split<axis = 1>(indices, halves)
  best = Squeeze(first, last)
  next = Squeeze(second, last)
  nearest = Squeeze(nearest2, last)
  is_near = GreaterOrEqual(best, min_cossim)
  off = Sub(unit, best)
  away = Relu(off)
  next_off = Sub(unit, next)
  next_away = Relu(next_off)
  share = Mul(max_ratio, max_ratio)
  limit = Mul(share, next_away)
  is_clear = LessOrEqual(away, limit)
  back = ArgMax<axis = 0, keepdims = 0>(cosines)
  returned = Gather(back, nearest)
  count1 = Shape<start = 0, end = 1>(descs1)
  count = Squeeze(count1)
  own = Range(zero, count, one)
  is_mutual = Equal(returned, own)
  is_unchecked = Equal(cross_check, zero)
  is_allowed = Or(is_mutual, is_unchecked)
  is_good = And(is_near, is_clear)
  kept = And(is_good, is_allowed)
  idx0 = Compress<axis = 0>(own, kept)
  idx1 = Compress<axis = 0>(nearest, kept)
  scores = Compress<axis = 0>(best, kept)
}"""


def matcher() -> onnx.ModelProto:
    """Return the network: matches of unit rows descs1 (n1, dim) and descs2 (n2, dim).

    Of each row of the first its nearest of the second is kept where their cosine is at least
    min_cossim, its L2 distance at most max_ratio times that of the second nearest and, where
    cross_check is not 0, the two are nearest to each other. It gives idx0 and idx1 (m,) int64
    and their cosines.
    """
    model = parser.parse_model(MATCHER)
    onnx.checker.check_model(model)
    return model


def min_cossim(card: ModelCard) -> float | None:
    """Return up to which cosine rows match, thresholds.MatchThresholds.low of a method's card."""
    return 1 - card.thresholds.low ** 2 / 2 if card.thresholds else None
