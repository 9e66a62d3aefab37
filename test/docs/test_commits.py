# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The commits that saved results and cards name can be checked out."""
import re
import subprocess

import pytest
from support.paths import ROOT

FOLDERS = ('docs/results', 'training/results', 'residual_features_ros')
DECISIONS = ROOT / 'docs' / 'decisions' / 'benchmarks-and-evaluation.md'


def git(*words, stdin=None):
    try:
        return subprocess.run(['git', *words], cwd=ROOT, input=stdin, capture_output=True,
                              text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f'no repository of git here: {error}')


def test_each_named_commit_is_in_the_history_or_was_joined():
    if git('rev-parse', '--is-shallow-repository') != 'false':
        pytest.skip('this clone has no history')
    text = ''.join(path.read_text() for folder in FOLDERS
                   for path in ROOT.glob(f'{folder}/**/*.json'))
    named = sorted(set(re.findall(r'"commit": "([0-9a-f]{7,})"', text)))
    found = git('cat-file', '--batch-check', stdin='\n'.join(named)).splitlines()
    gone = [commit for commit, line in zip(named, found, strict=True) if line.endswith('missing')]
    section = DECISIONS.read_text().partition('## A result names the commit that made it')[2]
    assert gone == re.findall(r'\b[0-9a-f]{7}\b', section.partition('), which were joined')[0])
