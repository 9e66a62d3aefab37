# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import logging

from residual_features_ros.backends.nvidia import engines
from residual_features_ros.backends.nvidia.engines import Engine

FACTS = {'network': 'ab' * 32, 'gpu': 'A GPU, 9.0', 'precision': 'auto'}
ENGINE = Engine(b'engine', 'fp16', 0.001, 12.34)


def test_the_folder_of_the_cache(monkeypatch, tmp_path):
    monkeypatch.delenv('RESIDUAL_FEATURES_CACHE', raising=False)
    monkeypatch.setenv('XDG_CACHE_HOME', '/cache')
    assert str(engines.folder()) == '/cache/residual_features_ros/engines'
    monkeypatch.delenv('XDG_CACHE_HOME')
    assert engines.cache_folder().parts[-2:] == ('.cache', 'residual_features_ros')
    monkeypatch.setenv('RESIDUAL_FEATURES_CACHE', str(tmp_path))
    assert engines.folder() == tmp_path / 'engines'


def test_a_name_has_every_fact_and_is_a_file_anywhere(folder):
    path = engines.file_of('method.h', FACTS)
    assert path == folder / 'method.h-abababab-A_GPU_9.0-auto.engine'
    assert engines.file_of('method.h', {**FACTS, 'gpu': ''}, folder / 'x').name == \
        'method.h-abababab-auto.engine'


def test_what_is_stored_is_loaded_under_the_same_facts_alone(folder, caplog):
    path = engines.file_of('method.h', FACTS)
    assert engines.load(path, FACTS) is None and not caplog.records
    assert engines.store(path, FACTS, ENGINE)
    assert engines.load(path, FACTS) == Engine(b'engine', 'fp16', 0.001, 12.3)
    assert engines.load(path, {**FACTS, 'network': 'ab' * 31 + 'cc'}) is None  # the same name
    assert 'it was built under other facts' in caplog.text and path.exists()
    assert sorted(file.name for file in folder.iterdir()) == [path.name, path.stem + '.json']


def test_half_of_an_engine_is_discarded(folder, caplog):
    path = engines.file_of('method.h', FACTS)
    engines.store(path, FACTS, ENGINE)
    path.write_bytes(b'half')
    assert engines.load(path, FACTS) is None
    assert 'its bytes have changed' in caplog.text and not list(folder.iterdir())


def test_what_cannot_be_written_or_removed_is_told(folder, caplog, tmp_path):
    caplog.set_level(logging.WARNING)
    path = tmp_path / 'file' / 'method.engine'
    path.parent.write_text('no folder')
    assert not engines.store(path, FACTS, ENGINE)
    assert 'not kept, it is made again' in caplog.text
    engines.discard(path, 'it is of no use')
    assert 'of no use' in caplog.text and 'cannot be removed' in caplog.text
