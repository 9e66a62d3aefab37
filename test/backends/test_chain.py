# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from support import fake_tensorrt
from support.pictures import textured

from residual_features_ros import ConfigError, create_extractor
from residual_features_ros.backends import onnxruntime
from residual_features_ros.backends.chain import Chain
from residual_features_ros.errors import BackendError
from residual_features_ros.model_card import load_card

METHOD = 'residual_hessian_small'
IMAGES = [textured(320, 240, seed) for seed in range(3)]


@pytest.fixture
def expected():
    """Return the descriptors of the images in fp32."""
    return [features.descriptors for features in
            create_extractor(METHOD, 200, precision='fp32').extract_batch(IMAGES)]


def agree(features, expected):
    return (features.descriptors * expected).sum(1).min() > 0.97  # h in int8


def opener(path):
    return lambda backend: backend.open_session(path, 1)


def test_the_next_backend_is_announced_with_the_reason(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, 'openvino', None)
    chain = Chain(['openvino', 'onnxruntime'])
    assert chain.backend is onnxruntime and chain.name == 'onnxruntime'
    assert 'backend onnxruntime runs instead of openvino: ' in caplog.text
    assert 'pip install openvino' in caplog.text


def test_without_any_the_reason_of_each_is_told(monkeypatch):
    for package in ('openvino', 'onnxruntime'):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(BackendError, match=r'openvino: .*; onnxruntime: .*pip install onnxrunt'):
        Chain(['openvino', 'onnxruntime'])
    with pytest.raises(ConfigError, match='did you mean openvino'):
        Chain(['onnxruntime', 'opnvino'])  # though the first would do


def test_what_the_first_cannot_open_the_second_opens_for_all(cuda, monkeypatch, caplog, expected):
    build = fake_tensorrt.Builder.build_serialized_network

    def only_f(self, network, config):  # h is refused after f, p were built
        if network.items[0].name == 'image':
            raise TypeError('incompatible function arguments')
        return build(self, network, config)

    monkeypatch.setattr(fake_tensorrt.Builder, 'build_serialized_network', only_f)
    extractor = create_extractor(METHOD, 200, ['tensorrt', 'onnxruntime'], max_size=320)
    assert extractor.backend_description.startswith('onnxruntime')
    assert 'f in int8' in extractor.backend_description
    assert caplog.text.count('runs instead of tensorrt') == 1
    assert 'TypeError: incompatible function arguments' in caplog.text
    assert not cuda.held
    for features, right in zip(extractor.extract_batch(IMAGES), expected, strict=True):
        assert agree(features, right)


def run_out_of_memory(cuda):
    cuda.room = 0


def fail_to_run(cuda):
    fake_tensorrt.IExecutionContext.execute_async_v3 = lambda *_: False


def raise_in_the_middle(cuda):
    def raising(*_):
        raise RuntimeError('myelin')
    fake_tensorrt.IExecutionContext.execute_async_v3 = raising


@pytest.mark.parametrize(('failure', 'reason'), [
    (run_out_of_memory, 'cudaErrorMemoryAllocation'), (fail_to_run, 'refuses to run'),
    (raise_in_the_middle, 'myelin')], ids=['memory', 'refusal', 'exception'])
def test_a_run_that_fails_goes_on_with_the_next_backend_and_no_image_is_lost(
        cuda, monkeypatch, caplog, expected, failure, reason):
    monkeypatch.setattr(fake_tensorrt.IExecutionContext, 'execute_async_v3',
                        fake_tensorrt.IExecutionContext.execute_async_v3)  # given back at the end
    extractor = create_extractor(METHOD, 200, ['tensorrt', 'onnxruntime'], max_size=320)
    twin = extractor.twin()
    assert agree(extractor.extract(IMAGES[0]), expected[0])
    assert twin.backend_description.startswith('tensorrt')
    caplog.clear()
    failure(cuda)
    larger = textured(320, 320)
    assert agree(twin.extract(larger), create_extractor(
        METHOD, 200, precision='fp32').extract(larger).descriptors)
    for image, right in zip(IMAGES, expected, strict=True):
        assert agree(extractor.extract(image), right)
    for each in (extractor, twin):
        assert each.backend_description.startswith('onnxruntime')
    assert caplog.text.count('backend onnxruntime runs instead of tensorrt') == 1
    assert reason in caplog.text
    assert not cuda.held and not cuda.streams and not cuda.recorded


def test_threads_that_fail_together_go_on_once(cuda, caplog):
    path = load_card(METHOD).path('f')
    chain = Chain(['tensorrt', 'onnxruntime'])
    session = chain.open(opener(path))
    card, rng = load_card(METHOD), np.random.default_rng(0)
    feed = {'sampled': rng.random((9, card.dense_dim), np.float32),
            'handcrafted': rng.random((9, card.handcrafted_dim), np.float32),
            'windows': rng.random((9, 4, 12, 12), np.float32)}
    start, first = threading.Barrier(4), session.session
    run = first.run

    def together(inputs):
        start.wait(10)
        return run(inputs)

    first.run, cuda.room = together, 0
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: session.run(feed)['descriptors'], range(4)))
    for rows in found:
        np.testing.assert_array_equal(rows, found[0])
    assert caplog.text.count('runs instead of') == 1


def test_the_last_backend_that_fails_stays_and_is_tried_again(cuda):
    path = load_card(METHOD).path('h')
    session = Chain(['tensorrt']).open(opener(path))
    image = {'image': np.zeros((1, 3, 480, 640), np.float32)}
    cuda.room = 1000
    for _ in range(2):
        with pytest.raises(BackendError, match='tensorrt: CUDA: cudaErrorMemoryAllocation: lower'):
            session.run(image)
    cuda.room = 10**9
    assert session.run(image)['dense'].shape == (1, 128, 60, 80)
