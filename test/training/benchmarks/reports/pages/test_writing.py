# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from support.markdown import read_tables

from training.benchmarks.reports.pages.measured import Measured
from training.benchmarks.reports.pages.page import (
    Claim,
    Deviation,
    Page,
    Schedule,
    Shown,
    of_pairs,
)
from training.benchmarks.reports.pages.verdict import Finding
from training.benchmarks.reports.pages.writing import index_text, page_text, words_of
from training.benchmarks.reports.published import Table

TABLE = Table('Paper', 'Table 9', 'made', ('ms', 'cor@1'), """
    first: .5 .6
    second: .7 .8
    third: .9 .1""")
SHOWN = Shown(TABLE, ('ms',), {'first': 'sift', 'second': 'orb'}, of_pairs((640, 480), 1000),
              ('ms',), 'HPatches', also={'ours alone': 'sift'})
PAGE = Page('paper', 'A paper', (
    Claim('It is better', 'Table 9', '.5', lambda _: Finding('.4', 'no'), ('data',)),), (SHOWN,),
    (Deviation('this', 'that', '`types.py`', 'data'),),
            (Schedule('sift', 'paper', 1, 'COCO'),), 'A note.')


def measured(what='Oxford'):
    return Measured({'here': {
        'benchmark': 'hpatches', 'command': 'evaluate --methods orb,sift --brief',
        'environment': {'commit': 'abc'}, 'data': {'what': what},
        'protocol': {'size': [640, 480], 'max_keypoints': 1000, 'methods': ['orb', 'sift']},
        'methods': {'sift': {}}, 'summary': {'sift': {'all': {'ms': 0.25}}}}})


def test_a_page_has_claims_tables_deviations_and_hours():
    text = page_text(PAGE, measured())
    (claims,), (table,), (deviations,) = (
        read_tables(text, of) for of in ('claim', 'row', 'paper'))
    assert claims[2] == ['It is better', '.5', 'Table 9', '.4', 'no', 'data']
    assert table[2:] == [['first', 'sift', '.5', '.250', 'HPatches'],
                         ['second', 'orb', '.7', 'not measured', 'HPatches'],
                         ['third', '-', '.9', '-', 'HPatches'],
                         ['ours alone', 'sift', '-', '.250', '-']]
    assert deviations[2] == ['**data**: this', 'that', '`types.py`']
    assert '- Oxford: `evaluate --methods sift --brief`, commit abc' in text
    assert text.index('A note.') < text.index('## Measured by') < text.index('## Hardware')
    assert text.endswith('| sift | paper | - | 1 | not measured | - | - | - | COCO |\n')


def test_on_the_papers_data_nothing_is_missing():
    table, = read_tables(page_text(PAGE, measured('HPatches')), 'row')
    assert [row[4] for row in table[2:]] == ['-', 'HPatches', 'HPatches', '-']


def test_the_index_counts_the_verdicts():
    text = index_text([PAGE], measured(), 'What is at hand.')
    (words,), (verdicts,) = (read_tables(text, of) for of in ('verdict', 'paper'))
    assert {row[0]: row[2] for row in words[2:]} == {
        'holds': '0', 'partly': '0', 'no': '1', 'tie': '0', 'open': '0', 'no-data': '0'}
    assert verdicts[2:] == [['[paper](paper.md)', 'It is better', 'no']]


def test_numbers_and_marks_of_tables_are_no_words():
    assert words_of('| a | `b c` | - |\n| --- | --- |\n.5 v .6; d1') == 5
