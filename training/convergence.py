# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""When a curve keeps a score, and how many times sooner than another one, within what is known.

Only what was validated counts: between two validations nothing is made up, so that a cost is
known up to the step between them, and a factor between two bounds.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

STILL = 0.005  # recall: a curve whose last third brings more still rises, less is noise


@dataclass(frozen=True)
class Reach:
    """The cost from which on a curve keeps a score.

    before: of the last validation below it; where there is none, of the first validation.
    at: of the next validation, None where the curve never keeps the score.
    """

    before: float
    at: float | None


@dataclass(frozen=True)
class Factor:
    """How many times a rival's cost another one's is, as least and most.

    least, most: of validated costs, over seeds; None where a run never gets there, or one is
        there before its first step.
    low, high: what validations in between could have made of it; None is open.
    """

    least: float | None
    most: float | None
    low: float | None
    high: float | None


def reach(costs: Sequence[float], scores: Sequence[float], target: float) -> Reach:
    """Return from which cost on a curve keeps `target`.

    Having it once is not enough: an untrained fusion may keep the hand-crafted descriptor's
    neighbours, and lose them in its first steps.
    """
    below = [place for place, score in enumerate(scores) if score < target]
    if not below:
        return Reach(costs[0], costs[0])
    last = below[-1]
    return Reach(costs[last], costs[last + 1] if last + 1 < len(costs) else None)


def factor(fused: Reach, rival: Reach) -> Factor:
    """Return a rival's cost of a score over that of the fused descriptor."""
    validated = quotient(rival.at, fused.at)
    return Factor(validated, validated, quotient(rival.before, fused.at),
                  quotient(rival.at, fused.before))


def quotient(above: float | None, below: float | None) -> float | None:
    """Return a / b, None where one of them is not known or b is 0."""
    return above / below if above is not None and below else None


def over_seeds(factors: Sequence[Factor]) -> Factor:
    """Return the interval that holds those of all seeds; what is open in one is open."""
    columns = [[getattr(each, name) for each in factors]
               for name in ('least', 'most', 'low', 'high')]
    return Factor(*(None if None in column else choose(column) for choose, column in zip(
        (min, max, min, max), columns, strict=True)))


def last_rise(steps: Sequence[float], scores: Sequence[float]) -> float | None:
    """Return by how much the best score of the last third of the steps is above the third before.

    None where one of these thirds has no validation.
    """
    thirds: list[list[float]] = [[], [], []]
    for step, score in zip(steps, scores, strict=True):
        third = -(-3 * step // max(steps[-1], 1)) - 1  # that a step ends
        thirds[max(int(third), 0)].append(score)
    return max(thirds[2]) - max(thirds[1]) if thirds[1] and thirds[2] else None
