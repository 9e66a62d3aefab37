# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from support.needs import need_backend

from residual_features_ros import ConfigError, backends, create_extractor
from residual_features_ros.backends import load_backend
from residual_features_ros.datasets.image_files import read_image
from residual_features_ros.errors import BackendError
from residual_features_ros.model_card import load_card
from residual_features_ros.tools.photographs import packaged_photographs

METHOD = 'residual_rootsift_small'


@pytest.fixture
def absent(monkeypatch):
    """Make a backend's package unimportable."""
    def hide(package):
        monkeypatch.setitem(__import__('sys').modules, package, None)
    return hide


def test_a_backend_that_is_not_installed_names_the_pip_package(absent):
    absent('onnxruntime')
    with pytest.raises(BackendError, match='pip install onnxruntime'):
        create_extractor(METHOD, backend='onnxruntime')
    absent('openvino')
    with pytest.raises(BackendError, match='pip install openvino'):
        load_backend('openvino')


def test_an_unknown_backend_lists_the_known_ones():
    with pytest.raises(ConfigError, match='onnxruntime, onnxruntime_cuda, opencv, openvino'):
        load_backend('onnx')


@pytest.mark.parametrize('name', backends.BACKENDS)
def test_a_file_that_is_no_network(name, tmp_path):
    need_backend(name)
    path = tmp_path / 'broken.onnx'
    path.write_bytes(b'not a network')
    with pytest.raises(BackendError, match=r'broken\.onnx'):
        load_backend(name).open_session(path, 0)


@pytest.mark.parametrize('method', [METHOD, 'residual_orb_small', 'cnn_sift_half'])
@pytest.mark.parametrize('name', backends.BACKENDS)
def test_every_backend_agrees_with_fp32_on_photographs(name, method):
    need_backend(name)
    for path in packaged_photographs():
        image = read_image(path)
        reference = create_extractor(method, 200, precision='fp32').extract(image)
        other = create_extractor(method, 200, name).extract(image)
        np.testing.assert_array_equal(reference.keypoints, other.keypoints)
        cosine = (reference.descriptors * other.descriptors).sum(1)
        # h in int8 or bf16; alone (cnn) it has no exact half beside it
        assert cosine.min() > (0.95 if method.startswith('cnn') else 0.98)


@pytest.mark.parametrize('name', backends.BACKENDS)
def test_several_threads_run_a_network_at_the_same_time(name):
    need_backend(name)
    session = load_backend(name).open_session(load_card(METHOD).path('h'), 1)
    rng = np.random.default_rng(0)
    images = [{'image': rng.random((1, 3, 64 + 32 * (i % 3), 96), np.float32)} for i in range(24)]
    expected = [session.run(image)['dense'] for image in images]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            for found, right in zip(pool.map(session.run, images), expected, strict=True):
                np.testing.assert_array_equal(found['dense'], right)


@pytest.mark.parametrize('name', backends.BACKENDS)
def test_outputs_have_their_names_and_a_run_that_fails_is_an_error_of_the_backend(name):
    need_backend(name)
    session = load_backend(name).open_session(load_card('superpoint').path('h'), 1)
    assert sorted(session.outputs) == ['dense', 'scores']
    found = session.run({'image': np.zeros((1, 1, 32, 64), np.float32)})
    assert found['scores'].shape == (1, 32, 64) and found['dense'].shape == (1, 128, 4, 8)
    with pytest.raises(BackendError):
        session.run({'picture': np.zeros((1, 1, 32, 64), np.float32)})


def test_onnxruntime_without_cuda_says_what_to_install(monkeypatch):
    runtime = pytest.importorskip('onnxruntime')
    monkeypatch.setattr(runtime, 'get_available_providers', lambda: ['CPUExecutionProvider'])
    with pytest.raises(BackendError, match='pip install onnxruntime-gpu'):
        load_backend('onnxruntime_cuda')
    # Built for CUDA, but its libraries are not here: ONNX Runtime would go on with the CPU.
    monkeypatch.setattr(runtime, 'get_available_providers', lambda: ['CUDAExecutionProvider'])
    session = runtime.InferenceSession
    monkeypatch.setattr(runtime, 'InferenceSession', lambda path, options, providers: session(
        path, options, providers=['CPUExecutionProvider']))
    backend = load_backend('onnxruntime_cuda')
    with pytest.raises(BackendError, match='without CUDAExecutionProvider'):
        backend.open_session(load_card(METHOD).path('h'), 0)
    with pytest.raises(BackendError, match='no precision int8'):
        backend.open_session(load_card(METHOD).path('h'), 0, 'int8')


def test_the_card_is_enough_to_run_the_networks_by_hand(image):
    card = load_card(METHOD)
    backend = load_backend('onnxruntime')
    image = np.zeros((1, 3, 2 * card.stride, 3 * card.stride), np.float32)
    dense = backend.open_session(card.path('h'), 1).run({'image': image})['dense']
    assert dense.shape == (1, card.dense_dim, 2, 3)
    rows = backend.open_session(card.path('f'), 1).run({
        'sampled': np.ones((5, card.dense_dim), np.float32),
        'windows': np.ones((5, len(card.windows), *[card.window_samples] * 2), np.float32),
        'handcrafted': np.ones((5, card.handcrafted_dim), np.float32)})['descriptors']
    assert rows.shape == (5, card.dim)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
