# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the documents link and name is there: files, headings, modules, and names in files."""
import ast
import re

import pytest
from support.paths import PACKAGE, ROOT

DECISIONS = sorted((ROOT / 'docs' / 'decisions').glob('*.md'))
REPRODUCTION = sorted((ROOT / 'docs' / 'reproduction').rglob('*.md'))
NAMING = [ROOT / 'docs' / 'architecture.md', ROOT / 'CONTRIBUTING.md', *DECISIONS, *REPRODUCTION]
LINKING = sorted({*NAMING, *(ROOT / 'docs').rglob('*.md'), ROOT / 'README.md',
                  ROOT / 'training' / 'README.md'})
FENCED = re.compile(r'^```.*?^```', re.DOTALL | re.MULTILINE)
QUOTED = re.compile(r'`([^`\n]+)`')
LINK = re.compile(r'\[[^\]]*\]\(([^)\s]+)\)')
# A path: a name with a known ending, or names with slashes between them; may end with a slash.
PATH = re.compile(r'[\w.-]+\.(?:py|md|cpp|xml|yaml|toml|cfg|rst)|\.?\w[\w.*-]*(?:/[\w.*-]+)*/'
                  r'|\w[\w.-]*(?:/[\w.*-]+)+')
MODULE = re.compile(r'(?:residual_features_ros|training|support)(?:\.\w+)+')
# `path` (`name`, `name`): the file has these names.
NAMES_OF = re.compile(r'`([^`\s]+\.py)`\s*\(((?:`\w+`(?:,\s*)?)+)\)')
SOURCES = {'residual_features_ros': ROOT, 'training': ROOT, 'support': ROOT / 'test'}


def read(document):
    return FENCED.sub('', document.read_text(encoding='utf-8'))


def name_of(document):
    return document.relative_to(ROOT).as_posix()


def headings(document, marks='#+'):
    """Return the anchors of a document's headings, as GitHub makes them."""
    titles = re.findall(rf'^{marks} +(.+)$', read(document), re.MULTILINE)
    return {re.sub(r'[^\w\- ]', '', title.lower()).replace(' ', '-') for title in titles}


def broken_links(document):
    """Return the links to files of this repository, or headings in them, that are not there."""
    broken = []
    for target in LINK.findall(QUOTED.sub('', read(document))):
        if re.match(r'\w+:', target):  # of the web
            continue
        path, _, anchor = target.partition('#')
        file = (document.parent / path).resolve() if path else document
        if not file.exists() or (anchor and anchor not in headings(file)):
            broken.append(target)
    return broken


def locate(path):
    """Return the files of a path in the repository or, as a shorter form, in the package."""
    return [file for root in (ROOT, PACKAGE) for file in root.glob(path)]


def defined(file):
    """Return all names that a module gives a value, a class or a function."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding='utf-8'))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def is_module(name):
    """Return whether a dotted name is a module, a package, or a name that one defines."""
    path = SOURCES[name.split('.')[0]].joinpath(*name.split('.'))
    if path.is_dir() or path.with_suffix('.py').is_file():
        return True
    file = path.parent.with_suffix('.py')
    return file.is_file() and path.name in defined(file)


def missing_names(text):
    """Return what is written as a path, a module or a name in a file, and is not there."""
    missing = [name for name in QUOTED.findall(text)
               if (PATH.fullmatch(name) and not locate(name))
               or (MODULE.fullmatch(name) and not PATH.fullmatch(name) and not is_module(name))]
    for path, names in NAMES_OF.findall(text):
        known = {name for file in locate(path) for name in defined(file)}
        missing += [f'{path}: {name}' for name in QUOTED.findall(names) if name not in known]
    return missing


@pytest.mark.parametrize('document', LINKING, ids=name_of)
def test_what_is_linked_is_there(document):
    assert broken_links(document) == []


@pytest.mark.parametrize('document', NAMING, ids=name_of)
def test_what_is_named_is_there(document):
    assert missing_names(read(document)) == []


def test_the_index_of_decisions_lists_each_of_them():
    index = ROOT / 'docs' / 'decisions' / 'README.md'
    listed = set(LINK.findall(read(index)))
    written = {f'{file.name}#{anchor}' for file in DECISIONS if file != index
               for anchor in headings(file, '##')}
    assert written and written <= listed


@pytest.mark.parametrize('text', [
    '`residual_features_ros/no_such.py`', '`no_such.py`', '`keypoints/no_such.py`', '`no_such/`',
    '`training.no_such`', '`residual_features_ros.types.NoSuch`', '`config/no_such*.yaml`',
    '`types.py` (`NoSuch`)', '`types.py` (`Features`,\n  `NoSuch`)'])
def test_a_name_that_is_not_there_is_told(text):
    assert len(missing_names(text)) == 1


@pytest.mark.parametrize('text', [
    '`residual_features_ros/types.py`', '`types.py` (`Features`, `Matches`)', '`rows/`',
    '`keypoints/sift.py`', '`training.stage`', '`residual_features_ros.types.Features`',
    '`config/*.yaml`', '`Makefile`', '`~/frame_times`', '`/diagnostics`', '`bench --node`'])
def test_a_name_that_is_there_or_names_no_file_passes(text):
    assert missing_names(text) == []


def test_a_link_that_leads_nowhere_is_told(tmp_path):
    document = tmp_path / 'page.md'
    document.write_text('# A title, it is\n\n[a](page.md#a-title-it-is) [b](none.md) [c](#none) '
                        '[d](https://example.org/none)\n```\n[e](none.md)\n```\n')
    assert broken_links(document) == ['none.md', '#none']


def test_paths_are_relative_to_the_package_or_the_repository():
    assert locate('keypoints/sift.py') == [PACKAGE / 'keypoints' / 'sift.py']
