# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A page for each paper: what it claims and prints, what is measured here, and a verdict."""
from __future__ import annotations

from collections.abc import Mapping

from training.benchmarks.reports.pages import (
    checks,
    goodpoint,
    lfnet,
    own,
    posfeat,
    residual,
    superpoint,
)
from training.benchmarks.reports.pages.measured import Measured, Result
from training.benchmarks.reports.pages.writing import WRITTEN, index_text, page_text

PAGES = (residual.PAGE, posfeat.PAGE, lfnet.PAGE, goodpoint.PAGE, superpoint.PAGE)
INDEX, OWN, CHECKS = 'README.md', 'own.md', 'checks.md'


def texts(results: Mapping[str, Result], statement: str) -> dict[str, str]:
    """Return the pages, their index and the checks by file name.

    Args:
        results: saved results by name.
        statement: which data were at hand.
    """
    measured = Measured(results)
    return {INDEX: index_text(PAGES, measured, statement),
            OWN: own.text(measured, WRITTEN), CHECKS: checks.text(WRITTEN),
            **{f'{page.name}.md': page_text(page, measured) for page in PAGES}}
