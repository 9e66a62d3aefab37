# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of learning from one's own bag are those of the saved runs."""
import json

import pytest
from support.paths import ROOT

PAGE = (ROOT / 'docs/learning.md').read_text()
DECISION = (ROOT / 'docs/decisions/training.md').read_text()
SAVED = json.loads((ROOT / 'docs/results/learning.json').read_text())


def gain(part):
    return f'{part["new"] / part["before"] - 1:+.1%}' if part['before'] else ''


def row(run):
    gaps = [gain(run['gaps'][gap]) if gap in run['gaps'] else '' for gap in ('4', '8', '16')]
    hard = f'**{run["gain"]:+.1%}**' if '4' in run['gaps'] else 'no such pairs'
    return ' | '.join([run['what'], f'{run["frames"]["used"]}', f'{run["minutes"]:g}',
                       f'{run["steps"]}', hard, *gaps,
                       f'{-run["lost"]:+.1%}', 'yes' if run['kept'] else 'no'])


@pytest.mark.parametrize('name', SAVED['runs'])
def test_a_row_is_a_saved_run(name):
    assert f'| {row(SAVED["runs"][name])} |' in PAGE


@pytest.mark.parametrize('name', SAVED['runs'])
def test_what_each_share_of_the_way_brings_is_saved(name):
    run = SAVED['runs'][name]
    ways = [f'{run["ways"][share][part]:+.1%}' for share in ('30', '60', '100')
            for part in ('watched', 'photographs')]
    assert f'  | {run["what"]} | {" | ".join(ways)} |' in DECISION


@pytest.mark.parametrize('page', [PAGE, DECISION])
def test_what_is_gained_depends_on_the_part(page):
    drive, room = (SAVED['runs'][name] for name in ('camvid_plain', 'seven_plain'))
    here, behind = drive['ways']['60']['watched'], drive['gain']
    both = {f'{room["ways"]["60"]["watched"]:.1%}', f'{room["gain"]:.1%}'}
    assert (drive['share'], room['share']) == (0.6, 0.6)
    words = [f'gains {here:.1%}', f' {behind:.1%}', *(f' {value} on both' for value in both)]
    assert all(word.replace('%', ' %') in ' '.join(page.split()) for word in words)


def test_one_run_of_ten_was_kept():
    kept = [run for run in SAVED['runs'].values() if run['kept']]
    assert (len(SAVED['runs']), len(kept)) == (10, 1)
    assert f'+{kept[0]["gain"]:.1%}'.replace('%', ' %') in PAGE
