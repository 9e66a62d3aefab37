# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The tables of recipe paper's runs in paper-training.md are those of the saved validations."""
import json

import pytest
from support.paths import ROOT

PAGE = (ROOT / 'docs/decisions/paper-training.md').read_text()
# Those of before both halves weighed the same; then with h's map alone normalised, with both, and
# with an h that has learned alone.
BEFORE, *LATER = (json.loads(
    (ROOT / f'docs/results/{name}.json').read_text())['runs']
    for name in ('paper-runs', 'paper-runs-free', 'paper-runs-halves', 'paper-runs-first'))
SINCE = {name: run for runs in LATER for name, run in runs.items()}


def short(value):
    return f'{value:.3f}'.removeprefix('0')


def recalls(run):
    """Return the recorded recall by step."""
    return {step: short(value) for step, value in zip(
        run['recorded']['step'], run['recorded']['recall'], strict=True)}


def sizes(run):
    return f'{run["scores"]["active"]:.2g} | {run["scores"]["length"]:.1g} |'


@pytest.mark.parametrize('name', BEFORE)
def test_rows_are_of_the_saved_runs(name):
    run, recall = BEFORE[name], recalls(BEFORE[name])
    row = (f'| {name} | {recall.get(100, "")} | {recall.get(400, "")} | '
           f'{recall[run["recorded"]["step"][-1]]} of {run["steps"]} | {sizes(run)}')
    assert row in PAGE, row


@pytest.mark.parametrize('name', SINCE)
def test_rows_of_runs_whose_halves_weigh_the_same(name):
    run = SINCE[name]
    without = run['scores'].get('recall_without_h')
    row = (f'| {name} | {recalls(run)[100]} | {short(run["scores"]["recall"])} of {run["steps"]} '
           f'| {"" if without is None else short(without)} | {sizes(run)}')
    assert row in PAGE, row


def gain(name):
    """Return what h brings."""
    scores = SINCE[name]['scores']
    return short(scores['recall'] - scores['recall_without_h'])


def oxford(method, metric):
    """Return a method's metric with 1000 and with 300 points."""
    return ' and '.join(short(json.loads(
        (ROOT / f'training/results/hpatches-oxford-{size}.json').read_text())[
            'summary'][method]['all'][metric]) for size in ('640x480', '320x240'))


def test_what_is_said_of_equal_steps_is_saved():
    full, alone = recalls(SINCE['full']), recalls(SINCE['alone'])
    step = max(full.keys() & alone.keys())
    assert f'after {step:,} steps full has {full[step]} and h alone {alone[step]}' in PAGE


@pytest.mark.parametrize('words', [
    f'It brings {gain("full")} and {gain("half")} after {SINCE["full"]["steps"]:,} and '
    f'{SINCE["half"]["steps"]:,} steps',
    f'half of h has {recalls(SINCE["half"])[2000]} fused and {recalls(SINCE["cnn_half"])[2000]} '
    'alone',
    f'after {SINCE["half_of_cnn"]["steps"]} steps h brings it {gain("half_of_cnn")}',
    f'h brings {gain("sift")} and its half {gain("sift_half")}, from random weights '
    f'{gain("full")} and {gain("half")}',
    f'has recall {oxford("residual_sift", "recall")} (SIFT {oxford("sift", "recall")})',
    f'MS {oxford("residual_sift", "ms")} (SIFT {oxford("sift", "ms")})',
    f'(sift had {recalls(SINCE["sift"])[1000]} after 1,000 steps)',
    f'f with random weights has {recalls(SINCE["surf"])[0]}',
    'The hand-crafted recall is ' + ', '.join(
        f'{short(SINCE[run]["scores"]["recall_handcrafted"])} ({name})' for run, name in (
            ('sift', 'SIFT'), ('rootsift', 'RootSIFT'),
            ('rootsift_upright', 'upright, on turned pairs')))])
def test_what_is_said_of_them_is_saved(words):
    assert words in ' '.join(PAGE.split())
