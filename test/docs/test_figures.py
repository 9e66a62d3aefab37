# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Times in README.md are those of docs/results, which bench wrote."""
import json
import re

import pytest
from support.paths import ROOT

RESULTS = ROOT / 'docs' / 'results'
README = (ROOT / 'README.md').read_text()


def read(name):
    return json.loads((RESULTS / f'{name}.json').read_text())


def figures(name, method):
    return read(name)['methods'][method]['figures']


def cells(method):
    """Return the cells of a method's row in the table of times, without bold marks."""
    row, = re.findall(rf'^\| \**{method}\** \|(.*)\|$', README.partition('| core-ms |')[2], re.M)
    return [cell.strip(' *') for cell in row.split('|')]


def with_ratio(found):
    time = f'{found["extract_ms"]:.1f}'
    ratio = found['ratio']['extract']
    return time if ratio == 1 else f'{time} ({ratio:.2f})'


@pytest.mark.parametrize('method', read('bench-kitti')['methods'])
def test_times_of_methods(method):
    kitti, crops, small = (figures(f'bench-{kind}', method) for kind in (
        'kitti', 'crops', 'crops-320x240'))
    assert cells(method) == [
        with_ratio(kitti), f'{kitti["core_ms"]["frame"]:.0f}', with_ratio(crops),
        f'{crops["core_ms"]["frame"]:.0f}', with_ratio(small), f'{kitti["match_ms"]:.1f}']


@pytest.mark.parametrize(('preset', 'name', 'method'), [
    ('balanced', 'bench-kitti', 'residual_hessian_small'),
    ('fast', 'bench-fast-kitti', 'residual_hessian_tiny'),
    ('fast', 'bench-fast-crops', 'residual_hessian_tiny'),
    ('accurate', 'bench-accurate', 'residual_hessian_small')])
def test_times_of_presets(preset, name, method):
    row, = re.findall(rf'^\| \[{preset}\].*$', README, re.M)
    assert with_ratio(figures(name, method)) in row


@pytest.mark.parametrize('name', ['node-640x480', 'node-320x240', 'node-fast', 'node-one-core'])
def test_the_node_through_dds(name):
    method, = read(name)['methods']
    found = figures(name, method)
    latency = found['matches_ms']
    assert (f'{found["answered"]} of {found["sent"]}, p50 {latency["p50"]:.0f}, p95 '
            f'{latency["p95"]:.0f} ms, {found["node_core_ms"]:.0f} core-ms') in README


@pytest.mark.parametrize('path', sorted(RESULTS.glob('*.json')), ids=lambda path: path.stem)
def test_results_are_small_of_a_commit_and_without_paths(path):
    text = path.read_text()
    assert len(text) < 20_000 and not re.search(r'"[^"]*/(work|home|tmp|root)/', text)
    commit = json.loads(text)['environment']['commit']
    assert re.fullmatch('[0-9a-f]{7,}', commit)
