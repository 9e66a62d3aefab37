# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""No page is longer than what is read in a sitting."""
import pytest
from support.paths import ROOT

from training.benchmarks.reports.pages.writing import WRITTEN_BY, words_of

MOST_WORDS = 1500
PAGES = ['README.md', 'CONTRIBUTING.md', 'training/README.md', *sorted(
    path.relative_to(ROOT).as_posix() for path in (ROOT / 'docs').rglob('*.md'))]


def length(text):
    """Return how many words a page has, as wc has it.

    Pages that are written from results are tables of numbers, to be looked up: there a number is
    no word.
    """
    return words_of(text) if WRITTEN_BY in text else len(text.split())


@pytest.mark.parametrize('name', PAGES)
def test_a_page_is_read_in_a_sitting(name):
    assert length((ROOT / name).read_text(encoding='utf-8')) <= MOST_WORDS


def test_numbers_count_where_somebody_writes_them():
    table = '| sift | 1 | 2 |'
    assert length(table) == 7 and length(f'{WRITTEN_BY}.\n\n{table}') == length(WRITTEN_BY) + 1
