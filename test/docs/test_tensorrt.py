# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Seconds and bytes of engines in tensorrt.md are those of the saved runs."""
import json

import pytest
from support.paths import ROOT

PAGE = (ROOT / 'docs/tensorrt.md').read_text()
RUNS = {precision: json.loads((ROOT / f'docs/results/engines-{precision}.json').read_text())
        for precision in ('fp16', 'fp32', 'int8')}
FOUND = {(row['network'].replace('_int8', ''), precision): row
         for precision, run in RUNS.items() for row in run['engines']
         if row['precision'] == precision}


def title(network):
    """Return what the table calls METHOD.PART and METHOD.whole.WxH.N.rgb."""
    method, part, *more = network.split('.')
    return f'{part}, {method}' if not more else (
        f'whole front end, {method}, {more[0]}, {more[1]} keypoints')


def cell(row):
    return f'{row["seconds"]:.1f} s, {row["bytes"] / 1e6:.1f} MB' if row else ''


@pytest.mark.parametrize('network', dict.fromkeys(network for network, _ in FOUND))
def test_seconds_and_sizes(network):
    cells = [cell(FOUND.get((network, precision))) for precision in RUNS]
    assert ' '.join(f'| {title(network)} | {" | ".join(cells)} |'.split()) in PAGE


def test_every_row_has_a_saved_run():
    table = PAGE.split('| network | fp16 | fp32 | int8 |\n')[1].split('\n\n')[0].splitlines()[1:]
    assert len(table) == len({network for network, _ in FOUND})


@pytest.mark.parametrize('precision', RUNS)
def test_what_built_them(precision):
    run = RUNS[precision]
    assert run['sdk'].split()[1].startswith('1.7.1') and not run['gpu']
    assert 'TensorRT for RTX 1.7.1' in PAGE and f'engines-{precision}.json' in PAGE
    assert f'--precision {precision} ' in run['command']


def test_the_default_methods_engines_as_the_decision_has_them():
    rows = [row for row in RUNS['fp16']['engines'] if row['method'] == 'residual_hessian_small']
    mb, seconds = sum(row['bytes'] for row in rows) / 1e6, sum(row['seconds'] for row in rows)
    page = (ROOT / 'docs/decisions/tensorrt-and-runtimes.md').read_text()
    assert len(rows) == 3 and f'three engines, {mb:.1f} MB, in {seconds:.1f} s' in page
