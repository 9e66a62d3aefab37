# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Numbers of ours -> what they say of a paper's claim, in a word."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Word -> what it says.
HOLDS, PARTLY, NO, TIE, OPEN, NO_DATA = VERDICTS = (
    'holds', 'partly', 'no', 'tie', 'open', 'no-data')
MEANING = {
    HOLDS: 'all comparisons here go the way of the paper',
    PARTLY: 'some do',
    NO: 'none does',
    TIE: 'all are equal: what is at hand is too easy to tell',
    OPEN: 'not measured, and could be with what is at hand',
    NO_DATA: 'cannot be measured without the data that the row names'}
NOT_MEASURED = 'not measured'


@dataclass(frozen=True)
class Comparison:
    """Two numbers, of which the paper's `ours` is the better.

    where: size, data or metric, as it is shown. ours, theirs: None where they are not measured.
    least: the share of theirs that ours must exceed. less: the lower number is the better.
    """

    where: str
    ours: float | None
    theirs: float | None
    least: float = 1.0
    less: bool = False

    @property
    def measured(self) -> bool:
        """Tell whether there are both numbers."""
        return self.ours is not None and self.theirs is not None

    def __str__(self) -> str:
        """Return 'where ours v theirs'."""
        return f'{self.where} {short(self.ours)} v {short(self.theirs)}'


@dataclass(frozen=True)
class Finding:
    """What was found of a claim: numbers as text, and a word of VERDICTS."""

    ours: str
    verdict: str


def judge(comparisons: Sequence[Comparison]) -> Finding:
    """Return the verdict of comparisons that are measured; OPEN where none is."""
    known = [one for one in comparisons if one.measured]
    text = '; '.join(map(str, known)) or NOT_MEASURED
    if not known:
        return Finding(text, OPEN)
    signs = [sign(one) for one in known]
    if not any(signs):
        return Finding(text, TIE)
    missing = len(known) < len(comparisons)
    if all(one >= 0 for one in signs) and not missing:
        return Finding(text, HOLDS)
    return Finding(text, PARTLY if max(signs) > 0 else NO)


def sign(one: Comparison) -> int:
    """Return 1 where ours exceeds its share of theirs, 0 where they are equal, else -1."""
    ours, theirs = one.ours or 0.0, one.theirs or 0.0
    if one.less:
        ours, theirs = theirs, ours
    return 0 if ours == theirs and one.least == 1 else 1 if ours > one.least * theirs else -1


def no_data(word: str) -> Finding:
    """Return the finding of what needs data that are not at hand."""
    return Finding(word, NO_DATA)


def short(value: float | None, digits: int = 3) -> str:
    """Return a number without the zero before its point, or '-' for none."""
    return '-' if value is None else f'{value:.{digits}f}'.removeprefix('0')
