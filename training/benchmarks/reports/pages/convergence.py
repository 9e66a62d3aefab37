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
STILL = 0.005  # of recall, which is noise
OWN = 'own'  # the target of a comparison that is the rival's own last score


def times_as_fast(measured: Measured, rival: str, published: float) -> Finding:
    """Return what the study says of a rival's steps over fused's.

    A study of another loss than the paper's, or whose rival still rises or has not begun to,
    leaves the claim open, and its factor is shown.
    """
    for result in measured.results.values():
        found = interval(result, rival)
        if found is None:
            continue
        least, most = found
        if least is None or most is None:
            text = 'not reached' if least is None else f'at least {least:.3g}'
            return Finding(text, HOLDS if (least or 0) >= published else OPEN)
        text = f'{least:.3g}' if least == most else f'{least:.3g} to {most:.3g}'
        why = unsettled(result, rival)
        if why:
            return Finding(f'{text} ({why})', OPEN)
        return Finding(text, HOLDS if least >= published else PARTLY if most > 1 else NO)
    return Finding(NOT_MEASURED, OPEN)


def unsettled(result: Result, rival: str) -> str:
    """Return why a study does not settle the claim, '' where it does."""
    loss = loss_of(result)
    if loss != LOSS:
        return f'loss {loss or "not stated"}, not {LOSS}'
    if 'comparisons' not in result:
        return 'interpolated between validations'
    runs = result['runs'][rival].values()
    if any(run['last_rise'] is None or run['last_rise'] > STILL for run in runs):
        return 'the rival still rises'
    if any(run['score'][-1] <= run['score'][0] + STILL for run in runs):
        return 'the rival has not begun to learn'
    return ''


def no_longer_rises(measured: Measured) -> Finding:
    """Return whether fused has stopped to rise in the last third of a study's steps.

    Of studies of several seeds, with the paper's loss.
    """
    for result in measured.results.values():
        if 'comparisons' not in result or loss_of(result) != LOSS:
            continue
        runs = result['runs']['fused'].values()
        rises = [run['last_rise'] for run in runs if run['last_rise'] is not None]
        if rises:
            steps = max(run['steps'][-1] for run in runs)
            return Finding(f'{max(rises):+.3f} in the last third of {steps:,} steps',
                           NO if max(rises) > STILL else HOLDS)
    return Finding(NOT_MEASURED, OPEN)


def interval(result: Result, rival: str) -> tuple[float | None, float | None] | None:
    """Return least and most of a factor in steps, None for what is open; None for no such study.

    Of several seeds at the rival's own score; studies of one seed have a single factor.
    """
    if 'runs' not in result:
        return None
    if rival in result.get('comparisons', {}):
        factor = result['comparisons'][rival][OWN]['steps']['factor']
        if factor['least'] is None or factor['most'] is None:
            return factor['low'], None
        return factor['least'], factor['most']
    if rival in result.get('factor', {}):
        single = result['factor'][rival]
        value = single.get('steps', {}).get('factor') if isinstance(single, dict) else single
        return (value, value)
    return None


def loss_of(result: Result) -> str:
    """Return the name of the loss that a study trained with, '' where it does not say."""
    settings = result.get('protocol', {}).get('settings', {})
    return str(settings.get('loss', {}).get('kind', ''))
