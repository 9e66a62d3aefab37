# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of whole networks in whole-network.md are those of the saved runs."""
import json

import pytest
from support.paths import ROOT

PAGE = (ROOT / 'docs/decisions/whole-network.md').read_text()
PARITY, SPLIT, WHOLE = (
    json.loads((ROOT / f'docs/results/front-end-{name}-oxford-640x480.json').read_text())
    for name in ('parity', 'split', 'whole'))


def short(value, digits=4):
    return f'{value:.{digits}f}'.removeprefix('0')


@pytest.mark.parametrize('method', PARITY['scenes'])
def test_shares_of_keypoints_and_cosines(method):
    cells = [f'{short(row["near"])}, {short(row["near_least"])}'
             for row in PARITY['scenes'][method].values()]
    least = min(row['cosine_least'] for row in PARITY['scenes'][method].values())
    assert f'| {method} | {" | ".join(cells)} | {short(least, 5)} |' in PAGE


@pytest.mark.parametrize('method', SPLIT['summary'])
def test_matching_scores(method):
    found = [run['summary'][method]['all'] for run in (SPLIT, WHOLE)]
    cells = [', '.join([f'{each["correct"]:.0f}', *(
        short(each[name]) for name in ('ms', 'mma@3', 'recall'))]) for each in found]
    assert f'| {method} | {" | ".join(cells)} |' in PAGE
    assert abs(found[0]['ms'] - found[1]['ms']) < 0.005


@pytest.mark.parametrize(('first', 'second'), zip(*(
    json.loads((ROOT / f'docs/results/front-end-speed-{name}.json').read_text())['cost']
    for name in ('openvino', 'onnxruntime')), strict=True))
def test_times(first, second):
    assert first == second
    cells = []
    for name in ('openvino', 'onnxruntime'):
        run = json.loads((ROOT / f'docs/results/front-end-speed-{name}.json').read_text())
        times = {row['form']: row['ms'] for row in run['timings'] if first == (
            f'{row["size"][0]}x{row["size"][1]}, {row["cameras"]}')}
        cells.append(f'{times["split"]:.0f}, {times["whole"]:.0f} ms')
    assert f'| {first} | {" | ".join(cells)} | {times["torch"]:.0f} ms |' in PAGE
