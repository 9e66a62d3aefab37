# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The table of recipe paper's runs in training.md is that of the saved validations."""
import json

import pytest
from support.paths import ROOT

PAGE = (ROOT / 'docs/decisions/training.md').read_text()
RUNS = json.loads((ROOT / 'docs/results/paper-runs.json').read_text())['runs']


def row(name):
    run = RUNS[name]
    recall = {step: f'{value:.3f}'.removeprefix('0') for step, value in zip(
        run['recorded']['step'], run['recorded']['recall'], strict=True)}
    scores = run['scores']
    return (f'| {name} | {recall.get(100, "")} | {recall.get(400, "")} | '
            f'{recall[run["recorded"]["step"][-1]]} of {run["steps"]} | '
            f'{scores["active"]:.2g} | {scores["length"]:.1g} |')


@pytest.mark.parametrize('name', RUNS)
def test_rows_are_of_the_saved_runs(name):
    assert row(name) in PAGE, row(name)
