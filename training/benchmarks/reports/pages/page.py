# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a page of a paper is made of."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from training.benchmarks.reports.pages.measured import Found, Measured
from training.benchmarks.reports.pages.verdict import Finding
from training.benchmarks.reports.published import Table

# All results, our method, the paper's row -> our numbers, None where there are none.
Reader = Callable[[Measured, str, str], Found | None]
SHARES = ('0.25m,2deg', '0.5m,5deg', '5m,10deg')  # of localisation, in its lines' words


@dataclass(frozen=True)
class Claim:
    """A sentence of a paper that numbers can hold or not.

    text: the sentence. place: where it stands. published: the paper's numbers. find: what is
    found of it here. deviations: words of the page's deviations that bear on it.
    """

    text: str
    place: str
    published: str
    find: Callable[[Measured], Finding]
    deviations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shown:
    """A table of a paper as it is shown beside ours.

    table: the paper's. columns: those of it that are shown, under `head`. here: row -> method of
    this package; rows without are of others' methods. ours: reads a method's numbers. names: of
    these numbers. missing: the data in a word, which the words on a result's data have where it
    is of them. percent: ours are shares, shown as per cent. also: rows of our own data -> method,
    below the paper's.
    """

    table: Table
    columns: tuple[str, ...]
    here: Mapping[str, str]
    ours: Reader
    names: tuple[str, ...]
    missing: str
    head: str = ''
    percent: bool = False
    also: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Deviation:
    """What differs from a paper: its element, what is here, and the file where it is.

    word: by which claims name it, '' where none does.
    """

    paper: str
    here: str
    where: str
    word: str = ''


@dataclass(frozen=True)
class Schedule:
    """What a paper trains: a method by a recipe, so many runs, on what data."""

    method: str
    recipe: str
    runs: int
    data: str


@dataclass(frozen=True)
class Page:
    """A paper: its file name and full title, and what is said of it.

    schedules: what it trains. note: a sentence below the tables.
    """

    name: str
    title: str
    claims: tuple[Claim, ...]
    tables: tuple[Shown, ...]
    deviations: tuple[Deviation, ...]
    schedules: tuple[Schedule, ...]
    note: str = ''


def of_pairs(size: tuple[int, int], keypoints: int) -> Reader:
    """Return what reads the means over image pairs at a size."""
    return lambda measured, method, row: measured.image_pairs(method, size, keypoints)


def localised(keypoints: int) -> Reader:
    """Return what reads the shares of queries that are localised (SHARES), means over scenes."""
    return lambda measured, method, row: measured.posed('localisation', method, keypoints)


def nothing(measured: Measured, method: str, row: str) -> None:
    """Read a table that no benchmark here measures."""
