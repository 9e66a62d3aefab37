# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import pytest
from support.pictures import textured
from support.qt_resource import write_resource

from residual_features_ros.errors import DatasetError, OutputError
from training.__main__ import main
from training.free_photographs.attribution import by_licence, read_manifest, table
from training.free_photographs.catalogue import Photograph, Source
from training.free_photographs.stills import read_photograph, write_stills

SOURCES = (Source('a', 'Debian', '1', (Photograph('usr/x.png', 'CC0-1.0', 'Ann'),)),
           Source('b', 'PyPI', '2', (Photograph('b.rcc:i/y.webp', 'CC-BY-4.0', 'Bob', 'l'),)))


@pytest.fixture
def packages(tmp_path):
    root = tmp_path / 'packages'
    (root / 'a/usr').mkdir(parents=True)
    (root / 'b').mkdir()
    cv2.imwrite(str(root / 'a/usr/x.png'), textured(200, 150))
    _, encoded = cv2.imencode('.webp', textured(100, 80))
    write_resource(root / 'b/b.rcc', {'i/y.webp': encoded.tobytes()})
    return root


def test_stills_lie_beside_whose_they_are(packages, tmp_path):
    out = tmp_path / 'out'
    assert write_stills(SOURCES, packages, out, 120, 90, 0.0) == {'a': 5, 'b': 1}
    manifest = json.loads((out / 'licences.json').read_text())
    assert [(entry['package'], entry['author'], len(entry['stills'])) for entry in manifest] == [
        ('a', 'Ann', 5), ('b', 'Bob', 1)]
    for entry in manifest:
        for still in entry['stills']:
            assert max(cv2.imread(str(out / entry['package'] / still)).shape) <= 120
    assert read_manifest(out / 'licences.json') == by_licence(SOURCES)
    assert (out / 'licences.md').read_text() == table(by_licence(SOURCES))


def test_what_is_there_is_not_replaced(packages, tmp_path):
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out/mine.jpg').write_text('')
    with pytest.raises(OutputError, match='there already'):
        write_stills(SOURCES, packages, tmp_path / 'out', 120, 90, 0.0)


def test_a_missing_package_is_named_with_its_registry_before_anything_is_written(
        packages, tmp_path):
    sources = (*SOURCES, Source('c', 'Debian', '3', ()))
    with pytest.raises(DatasetError, match=r'no folder of c \(Debian, 3\); unpack'):
        write_stills(sources, packages, tmp_path / 'out', 120, 90, 0.0)
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize(('file', 'words'), [
    ('usr/z.png', r'z\.png'), ('z.rcc:y', r'z\.rcc: no such file'),
    ('bad.rcc:y', 'y is not an image')])
def test_a_photograph_that_cannot_be_read_is_named(packages, file, words):
    write_resource(packages / 'a/bad.rcc', {'y': b'text'})
    with pytest.raises(DatasetError, match=words):
        read_photograph(packages / 'a', Photograph(file, 'CC0-1.0', 'Ann'))


def test_the_command_says_which_packages_it_wants(tmp_path, capsys):
    assert main(['free-photographs', str(tmp_path), '--out', str(tmp_path / 'out')]) == 2
    assert 'gcompris-qt-data (Debian, 3.1-2)' in capsys.readouterr().err
    assert main(['free-photographs', 'a', '--out', 'b', '--cover', '2']) == 2
