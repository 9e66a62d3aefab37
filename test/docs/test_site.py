# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The pages as a site: its links, its navigation, and that nothing is loaded from elsewhere."""
import importlib.util
import os
import re
import subprocess
import sys

import pytest
from support.paths import ROOT

SPEC = importlib.util.spec_from_file_location('site_hooks', ROOT / 'docs' / 'site_hooks.py')
hooks = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(hooks)
LOADED = re.compile(r'<(?:script|img|iframe|source|link)\b[^>]*?\b(?:src|href)="?(?:https?:)?//')


@pytest.mark.parametrize(('file', 'page'), [
    ('README.md', 'index.md'), ('docs/decisions/README.md', 'decisions/README.md'),
    ('docs/accuracy.md', 'accuracy.md'), ('config/fast.yaml', 'repository/config/fast.yaml'),
    ('training/README.md', 'repository/training/README.md')])
def test_a_file_has_one_place_in_the_site(file, page):
    assert hooks.page_of(file) == page and hooks.file_of(page) == file


@pytest.mark.parametrize(('page', 'text', 'moved'), [
    ('index.md', '[a](docs/accuracy.md#b)', '[a](accuracy.md#b)'),
    ('index.md', '![a](docs/tracks.jpg)', '![a](tracks.jpg)'),
    ('accuracy.md', '[a](../README.md)', '[a](index.md)'),
    ('accuracy.md', '[a](../config/fast.yaml)', '[a](repository/config/fast.yaml)'),
    ('decisions/README.md', '[a](../accuracy.md)', '[a](../accuracy.md)'),
    ('repository/training/README.md', '[a](../docs/accuracy.md)', '[a](../../accuracy.md)'),
    ('index.md', '[a](#b) [c](https://d.org/docs/e)', '[a](#b) [c](https://d.org/docs/e)'),
    ('index.md', '`[a](docs/b)`\n```\n[a](docs/b)\n```', '`[a](docs/b)`\n```\n[a](docs/b)\n```')])
def test_links_lead_to_the_same_files_in_the_site(page, text, moved):
    assert hooks.moved_links(text, page) == moved


def test_what_is_linked_outside_docs_comes_along():
    found = hooks.linked_outside(['README.md', 'docs/running.md'])
    assert {'config/fast.yaml', 'CONTRIBUTING.md', 'training/README.md'} <= set(found)
    assert not [path for path in found if path.startswith('docs/') or path == 'README.md']


def test_what_belongs_to_an_item_is_four_columns_in():
    assert hooks.wider_items('- a\n  b\n\n  | c |\n- d\n- e\n\nf\n  g') == (
        '- a\n    b\n\n    | c |\n\n- d\n- e\n\nf\n  g')


def test_every_page_is_in_the_navigation_once():
    listed = re.findall(r'([\w./-]+\.md)$', (ROOT / 'mkdocs.yml').read_text(), re.M)
    pages = [path.relative_to(ROOT / 'docs').as_posix()
             for folder in ('', 'parameters', 'training')
             for path in (ROOT / 'docs' / folder).glob('*.md')]
    assert set(pages) <= set(listed) and len(listed) == len(set(listed))


def test_the_site_is_built_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path):
    """mkdocs.yml is strict: a link, a heading or a page that is not there is a failure."""
    pytest.importorskip('material', reason='mkdocs-material is not installed')
    run = subprocess.run([sys.executable, '-m', 'mkdocs', 'build', '-d', str(tmp_path)], cwd=ROOT,
                         env={**os.environ, 'NO_MKDOCS_2_WARNING': '1'}, capture_output=True,
                         text=True)
    assert run.returncode == 0, run.stderr
    pages = {path.relative_to(tmp_path).as_posix(): path.read_text(encoding='utf-8')
             for path in tmp_path.rglob('*.html')}
    assert {'index.html', 'accuracy.html', 'decisions/index.html',
            'repository/training/index.html'} <= set(pages)
    assert [name for name, text in pages.items() if LOADED.search(text)] == []
    assert (tmp_path / 'repository/config/fast.yaml').is_file()
    assert not (tmp_path / 'site_hooks.py').exists()
