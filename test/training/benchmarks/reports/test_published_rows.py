# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from residual_features_ros.registry import METHODS
from training.benchmarks.reports import published, published_rows
from training.benchmarks.reports.papers import GOODPOINT, HOMOGRAPHIES


def row_of(rows, method, paper):
    """Return the numbers of a method from all places of a paper."""
    found = [row for row in rows if row.method == method and row.source.startswith(paper)]
    return {name: text for row in found for name, text in row.numbers.items()}


def test_every_published_number_has_a_column_and_every_row_a_method():
    columns = {name for names in (*HOMOGRAPHIES.values(), *GOODPOINT.values()) for name in names}
    for row in (*published_rows.LARGE, *published_rows.SMALL, *published_rows.VIDEOS):
        assert set(row.numbers) <= columns and row.method in METHODS


def test_goodpoints_harmonic_mean_is_that_of_six_and_not_ours():
    numbers = row_of(published_rows.LARGE, 'goodpoint', 'GoodPoint, Table 2')
    assert numbers['harmonic of six@3/25'] == '.48' and numbers['accuracy@3'] == '.69 / .53'
    assert not [name for name in numbers if name.startswith(('harmonic@', 'mma'))]


def test_other_data_stand_in_no_table_of_ours():
    shown = {row.source for rows in published_rows.BY_PART.values() for row in rows}
    for table in published_rows.ELSEWHERE:
        assert not [source for source in shown if source.startswith(table.source)]


def test_what_is_not_printed_says_so():
    for row in published_rows.LARGE:
        if 'mma@3' in row.numbers:
            assert 'Figure 5 (not printed' in row.source
    assert row_of(published_rows.LARGE, 'posfeat', 'PoSFeat') == {
        'mma_score': '.775 (.826 / .728)', 'mma@3': '.764'}
    own = [row for row in published_rows.LARGE if row.source.startswith('SuperPoint')]
    assert [published.SUPERPOINT_4.source == row.source for row in own] == [True]
    assert 'the paper was not at hand' in own[0].source and own[0].numbers['cor@3'] == '.684'


def test_frames_per_second_become_milliseconds():
    assert row_of(published_rows.LARGE, 'lfnet', 'LF-Net') == {'milliseconds': '50'}
    assert row_of(published_rows.VIDEOS, 'lfnet', 'LF-Net') == {'milliseconds': '16'}
