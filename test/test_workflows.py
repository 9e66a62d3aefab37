# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The workflows, hooks and forms of the hosting site are well-formed and call what there is."""
import os
import re
import shutil
import subprocess

import pytest
from support.paths import PACKAGE, ROOT
from support.workflows import commands, make_targets, steps

yaml = pytest.importorskip('yaml', reason='PyYAML is not installed')
FILES = sorted([*(ROOT / '.github').rglob('*.yml'), ROOT / '.pre-commit-config.yaml'])
FORMS = [path for path in FILES if path.parent.name == 'ISSUE_TEMPLATE' and path.stem != 'config']
HOOKS = yaml.safe_load((ROOT / '.pre-commit-config.yaml').read_text())['repos'][0]['hooks']
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text())
             for path in FILES if path.parent.name == 'workflows'}
CALLED = {*(line for workflow in WORKFLOWS.values() for line in commands(workflow)),
          *(hook['entry'] for hook in HOOKS if hook['language'] == 'system')}
# A step that goes on with an action: its name, the commit, and the release in a comment.
PINNED = re.compile(r'uses: [\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+$')
needs_make = pytest.mark.skipif(not shutil.which('make'), reason='make is not installed')


def stem(path):
    return path.stem


@pytest.mark.parametrize('path', FILES, ids=stem)
def test_each_file_is_yaml(path):
    assert yaml.safe_load(path.read_text(encoding='utf-8'))


@pytest.mark.parametrize('name', WORKFLOWS)
def test_a_workflow_has_least_rights_and_an_end(name):
    workflow = WORKFLOWS[name]
    assert workflow['permissions'] == {'contents': 'read'}
    assert workflow['concurrency']['group']
    assert all(0 < job['timeout-minutes'] <= 90 for job in workflow['jobs'].values())
    checkouts = [step for step in steps(workflow) if 'checkout' in step.get('uses', '')]
    assert checkouts and all(step['with']['persist-credentials'] is False for step in checkouts)


@pytest.mark.parametrize('name', WORKFLOWS)
def test_actions_are_pinned_to_commits(name):
    text = (ROOT / '.github' / 'workflows' / f'{name}.yml').read_text()
    used = [line.strip().removeprefix('- ') for line in text.splitlines() if 'uses:' in line]
    assert used and [line for line in used if not PINNED.fullmatch(line)] == []


def is_target(name):
    """Return whether the Makefile has a rule for a name; nothing is made."""
    asked = subprocess.run(['make', '--question', name], cwd=ROOT, capture_output=True, text=True,
                           env={**os.environ, 'LC_ALL': 'C'}, check=False)
    return f"No rule to make target '{name}'" not in asked.stderr


@needs_make
@pytest.mark.parametrize('target', sorted({
    target for line in CALLED for target in make_targets(line)}))
def test_make_has_each_target_that_is_called(target):
    assert is_target(target)


@needs_make
def test_a_target_that_make_does_not_have_is_told():
    assert not is_target('no-such-target')


def test_all_parts_of_the_tests_run():
    parts, = re.findall(r'^PARTS := (.+)$', (ROOT / 'Makefile').read_text(), re.MULTILINE)
    assert WORKFLOWS['tests']['jobs']['test']['strategy']['matrix']['part'] == parts.split()
    assert {f'make test-{part}' for part in parts.split()} <= set(commands(WORKFLOWS['nightly']))


def test_the_package_that_colcon_builds_is_this_one():
    named = [line.split('--packages-select ')[1].split()[0] for line in CALLED
             if '--packages-select' in line]
    assert named and set(named) == {PACKAGE.name}


def test_the_hooks_need_no_network():
    repos = yaml.safe_load((ROOT / '.pre-commit-config.yaml').read_text())['repos']
    assert [repo['repo'] for repo in repos] == ['local']
    assert {hook['language'] for hook in HOOKS} <= {'system', 'pygrep'}


@pytest.mark.parametrize('path', FORMS, ids=stem)
def test_a_form_asks(path):
    form = yaml.safe_load(path.read_text())
    assert form['name'] and form['description']
    asked = [field for field in form['body'] if field['type'] != 'markdown']
    assert len({field['id'] for field in asked}) == len(asked)
    assert any(field.get('validations', {}).get('required') for field in asked)


def test_the_form_for_bugs_needs_the_output_of_info():
    form = yaml.safe_load((ROOT / '.github/ISSUE_TEMPLATE/bug.yml').read_text())
    field, = (field for field in form['body'] if field.get('id') == 'info')
    assert 'python -m residual_features_ros info --verify' in field['attributes']['description']
    assert field['validations'] == {'required': True}


def test_commands_are_those_of_each_combination():
    workflow = {'jobs': {'test': {
        'strategy': {'matrix': {'part': ['a', 'b']}},
        'steps': [{'uses': 'x'}, {'run': 'make test-${{ matrix.part }} lint\ntrue'}]}}}
    assert commands(workflow) == ['make test-a lint', 'true', 'make test-b lint']
    assert make_targets('make --silent test-a lint X=1') == ['test-a', 'lint']
    assert make_targets('ruff check') == []
