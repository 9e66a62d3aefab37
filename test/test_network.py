# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import shutil

import numpy as np
import pytest
from support.needs import need_backend
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.backends import BACKENDS, load_backend
from residual_features_ros.errors import BackendError, ModelCardError
from residual_features_ros.model_card import SHIPPED_WEIGHTS, load_card, write_card
from residual_features_ros.network import prepare

METHOD = 'residual_rootsift_small'


@pytest.fixture
def without_int8(tmp_path):
    """Return a folder with the shipped weights but for the int8 network."""
    for path in SHIPPED_WEIGHTS.glob(f'{METHOD}.*'):
        shutil.copy(path, tmp_path)
    card = load_card(METHOD, tmp_path)
    card.path('h_int8').unlink()
    write_card(dataclasses.replace(card, files={n: card.files[n] for n in ('h', 'f')}))
    return str(tmp_path)


def cosine(first, second):
    return (first * second).sum(1) / np.linalg.norm(first, axis=1) / np.linalg.norm(second, axis=1)


@pytest.mark.parametrize('name', BACKENDS)
def test_int8_is_near_fp32_and_is_what_auto_takes(name):
    need_backend(name)
    image = textured(200, 150)
    exact, coarse, auto = (create_extractor(METHOD, 100, name, precision=precision)
                           for precision in ('fp32', 'int8', 'auto'))
    assert coarse.backend_description.endswith('h in int8')
    assert auto.backend_description.endswith('h in int8')
    assert 'int8' not in exact.backend_description and 'bf16' not in exact.backend_description
    blob = prepare([image], load_card(METHOD))
    maps = [extractor._network(blob) for extractor in (exact, coarse)]
    assert cosine(*maps).mean() > 0.98 and not np.array_equal(*maps)
    rows = [extractor.extract(image).descriptors for extractor in (exact, coarse, auto)]
    assert (rows[0] * rows[1]).sum(1).mean() > 0.99
    np.testing.assert_array_equal(rows[1], rows[2])


def test_backends_compute_the_same_int8():
    pytest.importorskip('openvino')
    card = load_card(METHOD)
    blob = prepare([textured(200, 150)], card)
    maps = [load_backend(name).open_session(card.path('h_int8'), 1, 'fp32').run({'image': blob})[0]
            for name in ('onnxruntime', 'openvino')]
    assert cosine(*maps).mean() > 0.99


def test_weights_without_int8_run_in_what_they_have(without_int8):
    auto = create_extractor(METHOD, 100, weights=without_int8)
    assert 'int8' not in auto.backend_description
    with pytest.raises(ModelCardError, match='expected a network h_int8 for precision int8'):
        create_extractor(METHOD, 100, weights=without_int8, precision='int8')


def test_bf16_where_it_cannot_be_had_names_the_remedy(monkeypatch):
    with pytest.raises(BackendError, match='has no bf16 on CPUs: take another backend'):
        create_extractor(METHOD, 100, precision='bf16')
    pytest.importorskip('openvino')
    backend = load_backend('openvino')
    monkeypatch.setattr(backend, '_fastest', lambda: 'fp32')
    with pytest.raises(BackendError, match='no bf16 on this processor'):
        create_extractor(METHOD, 100, 'openvino', precision='bf16')


def test_openvino_runs_in_the_precision_that_was_asked_for():
    openvino = pytest.importorskip('openvino')
    path = load_card(METHOD).path('f')
    backend = load_backend('openvino')
    session = backend.open_session(path, 1, 'fp32')
    assert session._model.get_property('INFERENCE_PRECISION_HINT') == openvino.Type.f32
    assert session.description.endswith('fp32')
    fastest = backend.open_session(path, 1)
    assert fastest.description.endswith(backend._fastest())
