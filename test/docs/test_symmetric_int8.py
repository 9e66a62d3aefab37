# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of int8 in quantisation.md are those of the saved runs."""
import json

import pytest
from support.paths import ROOT

PAGE = (ROOT / 'docs/decisions/quantisation.md').read_text()
RUNS = [json.loads((ROOT / path).read_text())['summary'] for path in (
    'docs/results/fp32-oxford-640x480.json', 'training/results/hpatches-oxford-640x480.json',
    'docs/results/symmetric-int8-oxford-640x480.json')]


@pytest.mark.parametrize('method', RUNS[0])
def test_matches_of_three_forms_of_h(method):
    cells = []
    for run in RUNS:
        found = run[method]['all']
        cells.append(', '.join([f'{found["correct"]:.0f}', *(
            f'{found[name]:.3f}'.removeprefix('0') for name in ('ms', 'mma@3', 'recall'))]))
    assert f'| {method} | {" | ".join(cells)} |' in PAGE
