# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
from support.paths import ROOT

from training.benchmarks.reports import published
from training.benchmarks.reports.pages import PAGES, texts
from training.benchmarks.reports.pages.measured import Measured
from training.benchmarks.reports.pages.verdict import VERDICTS
from training.benchmarks.reports.pages.writing import RAW, words_of
from training.benchmarks.reports.reproduction import read_results

MOST_WORDS = 1500
RESULTS = read_results(ROOT / 'training' / 'results')
EACH = pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)


@EACH
def test_each_claim_has_a_word_and_each_of_its_deviations_is_declared(page):
    declared = {deviation.word for deviation in page.deviations}
    for claim in page.claims:
        assert claim.find(Measured(RESULTS)).verdict in VERDICTS
        assert claim.find(Measured({})).verdict in ('open', 'no-data', 'no', 'holds')
        assert set(claim.deviations) <= declared, claim.text


@EACH
def test_each_row_is_measured_or_names_its_data_in_a_word(page):
    for shown in page.tables:
        assert shown.missing and ' ' not in shown.missing
        assert set(shown.here) & set(shown.table.rows) == {
            row for row in shown.here if row in shown.table.rows}
        assert set(shown.columns) <= set(shown.table.columns)


def test_every_published_table_has_its_page():
    shown = [table.table for page in PAGES for table in page.tables]
    assert sorted(map(id, shown)) == sorted(
        id(table) for table in published.TABLES if table is not published.RESIDUAL_SPEED)


@pytest.mark.parametrize('name', sorted({*texts(RESULTS, '')} - {RAW}))
def test_a_page_can_be_read_in_a_sitting(name):
    assert words_of(texts(RESULTS, '')[name]) < MOST_WORDS
