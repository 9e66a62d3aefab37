# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a method computes over SuperPoint, of the saved costs of networks."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.benchmarks.reports.pages.measured import Measured
from training.benchmarks.reports.pages.verdict import Comparison, Finding, judge

# What is counted -> the kinds of cost in it; the last is of all of it, one after the other.
COUNTED = {'multiply-adds': ('multiply_adds',), 'ms': ('ms',),
           'ms with the hand-crafted': ('ms', 'handcrafted_ms')}


def over_superpoint(measured: Measured, method: str, most: float) -> Finding:
    """Return whether a method's cost over SuperPoint's is at most a factor, by each count."""
    for _, result in measured.of('cost'):
        methods = {name.partition(':')[0]: cost for name, cost in result['methods'].items()}
        if method in methods and 'superpoint' in methods:
            return judge([Comparison(name, ratio(methods, method, kinds), most, less=True)
                          for name, kinds in COUNTED.items()])
    return judge([])


def ratio(methods: Mapping[str, Mapping[str, Any]], method: str, kinds: tuple[str, ...]) -> float:
    """Return the sum of kinds of cost over SuperPoint's."""
    ours, theirs = (sum(sum(methods[name][kind].values()) for kind in kinds)
                    for name in (method, 'superpoint'))
    return ours / theirs
