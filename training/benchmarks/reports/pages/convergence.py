# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How many times as fast fused trains as a rival, of the saved study."""
from __future__ import annotations

from training.benchmarks.reports.pages.measured import Measured, Result
from training.benchmarks.reports.pages.verdict import (
    HOLDS,
    NO,
    NOT_MEASURED,
    OPEN,
    PARTLY,
    Finding,
)

LOSS = 'hinge'  # the paper's


def times_as_fast(measured: Measured, rival: str, published: float) -> Finding:
    """Return what the study says of a rival's steps over fused's.

    A study of another loss than the paper's leaves the claim open, and its factor is shown.
    """
    for result in measured.results.values():
        if 'runs' in result and rival in result.get('factor', {}):
            factor = steps_factor(result['factor'][rival])
            if factor is None:
                return Finding('never', NO)
            loss = loss_of(result)
            if loss != LOSS:
                return Finding(f'{factor:.3g} (loss {loss or "not stated"}, not {LOSS})', OPEN)
            verdict = HOLDS if factor >= published else PARTLY if factor > 1 else NO
            return Finding(f'{factor:.3g}', verdict)
    return Finding(NOT_MEASURED, OPEN)


def steps_factor(factor: object) -> float | None:
    """Return the factor of steps; None where fused never gets there."""
    value = factor.get('steps', {}).get('factor') if isinstance(factor, dict) else factor
    return float(value) if isinstance(value, int | float) else None


def loss_of(result: Result) -> str:
    """Return the name of the loss that a study trained with, '' where it does not say."""
    settings = result.get('protocol', {}).get('settings', {})
    return str(settings.get('loss', {}).get('kind', ''))
