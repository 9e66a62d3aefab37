# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from residual_features_ros.errors import DatasetError
from training.free_photographs.catalogue import FREE_LICENCES, read_catalogue

PHOTOGRAPH = {'file': 'a.jpg', 'licence': 'CC0-1.0', 'author': 'Ann'}


def catalogue(path, photograph):
    source = {'package': 'a', 'registry': 'Debian', 'version': '1', 'photographs': [photograph]}
    path.write_text(json.dumps({'sources': [source]}))
    return path


def test_every_photograph_is_named_once_and_free():
    photographs = [(source.package, photograph) for source in read_catalogue()
                   for photograph in source.photographs]
    assert len({(package, each.file) for package, each in photographs}) == len(photographs) > 200
    assert {each.licence for _, each in photographs} <= set(FREE_LICENCES)
    assert not any('NC' in licence or 'ND' in licence or 'GPL' in licence
                   for licence in FREE_LICENCES)


def test_a_catalogue_is_read(tmp_path):
    source, = read_catalogue(catalogue(tmp_path / 'c.json', PHOTOGRAPH))
    assert (source.package, source.version) == ('a', '1')
    assert source.photographs[0].author == 'Ann' and source.photographs[0].link == ''


@pytest.mark.parametrize(('change', 'words'), [
    ({'licence': 'CC-BY-NC-2.0'}, r"a\.jpg is under 'CC-BY-NC-2.0'; free are BSD"),
    ({'author': ''}, r'a\.jpg names no author'), ({'title': 'A'}, 'expected a catalogue')])
def test_what_is_not_free_or_nobodys_is_refused(tmp_path, change, words):
    path = catalogue(tmp_path / 'c.json', {**PHOTOGRAPH, **change})
    with pytest.raises(DatasetError, match=words):
        read_catalogue(path)


@pytest.mark.parametrize('text', ['', '[]', '{}', '{"sources": [{}]}'])
def test_a_file_that_is_no_catalogue(tmp_path, text):
    (tmp_path / 'c.json').write_text(text)
    with pytest.raises(DatasetError, match='expected a catalogue'):
        read_catalogue(tmp_path / 'c.json')
