# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The page of licences says what the catalogue says."""
import json
import re

import pytest
from support.paths import ROOT

from training.free_photographs.attribution import by_licence, table
from training.free_photographs.catalogue import read_catalogue

PAGE = (ROOT / 'docs' / 'weights-licences.md').read_text(encoding='utf-8')


def test_the_table_is_that_of_the_catalogue():
    assert table(by_licence(read_catalogue())) in PAGE


def test_the_commands_fetch_the_versions_of_the_catalogue():
    commands = ' '.join(re.findall(r'^```(?:ba)?sh\n(.*?)^```', PAGE, re.DOTALL | re.MULTILINE))
    for source in read_catalogue():
        name = source.package
        wanted = f'{name}=={source.version}' if source.registry == 'PyPI' else name
        assert wanted in commands.split()


def saved(name, method):
    made = json.loads((ROOT / 'docs' / 'results' / f'{name}.json').read_text())['summary']
    return [made[kind][method]['all'][figure] for kind, figure in (
        ('stills', 'correct'), ('exposure', 'correct'), ('video', 'inliers'))]


@pytest.mark.parametrize(('words', 'name', 'method'), [
    ('hessian_rootsift, no network', 'free-weights-beside', 'hessian_rootsift'),
    ('residual_hessian_small, free photographs', 'free-weights', 'residual_hessian_small'),
    ('residual_hessian_small, as shipped', 'free-weights-beside', 'residual_hessian_small')])
def test_figures_are_saved(words, name, method):
    row = ' | '.join(f'{value:.1f}' for value in saved(name, method))
    assert f'| {words} | {row} |' in PAGE


def test_the_gap_is_that_of_the_figures():
    free, shipped = (saved(name, 'residual_hessian_small')
                     for name in ('free-weights', 'free-weights-beside'))
    gaps = [f'{(1 - a / b) * 100:.1f}' for a, b in zip(free, shipped, strict=True)]
    assert f'they are {gaps[0]}, {gaps[1]} and {gaps[2]} % behind' in PAGE


def test_right_matches_of_oxford_are_saved():
    free, shipped = (json.loads((ROOT / path).read_text())['summary']['residual_hessian_small']
                     for path in ('docs/results/free-weights-oxford.json',
                                  'training/results/hpatches-oxford-640x480.json'))
    counts = {scene: [f'{made[scene]["correct"]:.0f}' for made in (free, shipped)]
              for scene in ('all', 'boat', 'graf', 'leuven', 'trees')}
    free_all, shipped_all = counts.pop('all')
    words = ', '.join(f'{scene} {" and ".join(both)}' for scene, both in counts.items())
    assert f'match {free_all} right, the default {shipped_all} ({words};' in ' '.join(PAGE.split())
