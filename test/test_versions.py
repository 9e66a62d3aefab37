# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The version of package.xml is that of setup.py, the change log and CITATION.cff."""
import ast
import re
import shutil
from datetime import date
from xml.etree import ElementTree

import pytest
from support.paths import PACKAGE, ROOT

yaml = pytest.importorskip('yaml', reason='PyYAML is not installed')
FILES = ('package.xml', 'setup.py', 'CHANGELOG.rst', 'CITATION.cff')
HEADING = re.compile(r'^(\d+\.\d+\.\d+) \((\d{4}-\d{2}-\d{2})\)\n-+$', re.MULTILINE)
MOST_ENTRIES = 15  # about ten; the history is in git


def setup_version(source):
    """Return the literal that setup() gets, which catkin_prepare_release rewrites."""
    call = next(node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)
                and getattr(node.func, 'id', '') == 'setup')
    return next(word.value.value for word in call.keywords if word.arg == 'version')


def versions(folder):
    """Return the version that each file has."""
    text = {name: (folder / name).read_text(encoding='utf-8') for name in FILES}
    return {'package.xml': ElementTree.fromstring(text['package.xml']).findtext('version'),
            'setup.py': setup_version(text['setup.py']),
            'CHANGELOG.rst': HEADING.findall(text['CHANGELOG.rst'])[0][0],
            'CITATION.cff': yaml.safe_load(text['CITATION.cff'])['version']}


def test_all_files_have_one_version():
    assert len(set(versions(ROOT).values())) == 1, versions(ROOT)


@pytest.mark.parametrize('name', FILES)
def test_another_version_is_told(tmp_path, name):
    version = versions(ROOT)[name]
    for file in FILES:
        shutil.copy(ROOT / file, tmp_path)
    path = tmp_path / name
    path.write_text(path.read_text(encoding='utf-8').replace(version, '99.0.0', 1),
                    encoding='utf-8')
    assert {file: found for file, found in versions(tmp_path).items() if found != version} \
        == {name: '99.0.0'}


def test_the_day_of_the_release_is_the_change_log_s():
    day = HEADING.findall((ROOT / 'CHANGELOG.rst').read_text(encoding='utf-8'))[0][1]
    citation = yaml.safe_load((ROOT / 'CITATION.cff').read_text(encoding='utf-8'))
    assert citation['date-released'] == date.fromisoformat(day)


def test_a_release_has_about_ten_entries():
    text = (ROOT / 'CHANGELOG.rst').read_text(encoding='utf-8')
    releases = re.split(r'^(?:Forthcoming|\d.+)\n-+$', text, flags=re.MULTILINE)[1:]
    entries = [len(re.findall(r'^\* ', body, re.MULTILINE)) for body in releases]
    assert entries and min(entries) > 0 and max(entries) <= MOST_ENTRIES


def test_the_change_log_is_one_that_catkin_s_tools_read():
    changelog = pytest.importorskip('catkin_pkg.changelog', reason='catkin_pkg is not installed')
    found = changelog.get_changelog_from_path(str(ROOT / 'CHANGELOG.rst'), PACKAGE.name)
    read = {version: content for version, _, content in found.foreach_version()}
    assert versions(ROOT)['package.xml'] in read and all(read.values())
