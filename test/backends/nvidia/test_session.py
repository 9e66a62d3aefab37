# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import gc
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime
import pytest
from support import copy_engine, fake_tensorrt
from support.copy_engine import FIXED, OPEN

from residual_features_ros.attention import EXPECTED, INPUTS, read_card
from residual_features_ros.backends import Expected
from residual_features_ros.backends.nvidia.build import Build
from residual_features_ros.backends.nvidia.cuda import checked
from residual_features_ros.backends.nvidia.sdk import TENSORRT
from residual_features_ros.backends.nvidia.session import EngineSession
from residual_features_ros.backends.nvidia.typed import typed
from residual_features_ros.errors import BackendError
from residual_features_ros.model_card import load_card

SIZES = Expected(sizes=((48, 64),), batches=(1, 2, 4), largest=(128, 128))
RNG = np.random.default_rng(0)


def opened(path, expected=SIZES, together=False):
    return EngineSession(TENSORRT, Build(TENSORRT, expected)(typed(path, 'fp32'), path.name),
                         'fp32', together)


def image(*shape):
    return {'image': RNG.standard_normal(shape, np.float32)}


def reference(path, feed):
    session = onnxruntime.InferenceSession(str(path))
    names = [item.name for item in session.get_outputs()]
    return dict(zip(names, session.run(names, feed), strict=True))


def same(session, path, feed):
    found, expected = session.run(feed), reference(path, feed)
    assert set(found) == set(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, atol=1e-4)


@pytest.mark.parametrize('method', ['superpoint', 'goodpoint', 'posfeat', 'lfnet'])
def test_outputs_have_their_names_in_whatever_order_the_engine_has_them(cuda, method):
    path, card = load_card(method).path('h'), load_card(method)
    session = opened(path)
    assert session.outputs == tuple(reversed(card.detector.maps))
    for count in (1, 2):
        same(session, path, image(count, card.channels, 48, 64))


def test_any_number_of_images_goes_in_as_few_parts_as_can_be(cuda, h, monkeypatch):
    session = opened(h)
    parts = []
    run = EngineSession._run
    monkeypatch.setattr(EngineSession, '_run', lambda self, profile, arrays: parts.append(
        len(arrays['image'])) or run(self, profile, arrays))
    for count, expected in ((1, [1]), (2, [2]), (3, [2, 1]), (4, [4]), (7, [4, 2, 1]),
                            (9, [4, 4, 1])):
        parts.clear()
        same(session, h, image(count, 3, 48, 64))
        assert parts == expected
    for count, expected in ((1, [1]), (3, [2, 1])):
        parts.clear()
        same(session, h, image(count, 3, 64, 96))
        assert parts == expected


def test_more_keypoints_than_an_engine_takes_go_in_parts(cuda):
    path, card = load_card('residual_rootsift_small').path('f'), load_card(
        'residual_rootsift_small')
    feed = {'sampled': RNG.random((97, card.dense_dim), np.float32),
            'handcrafted': RNG.random((97, card.handcrafted_dim), np.float32),
            'windows': RNG.standard_normal((97, 4, 12, 12), np.float32)}
    same(opened(path, Expected(rows=(20, 40))), path, feed)


def test_rows_that_belong_together_are_never_parted(cuda):
    path = read_card().path('attention')
    session = opened(path, EXPECTED, together=True)
    sides = dict(zip(INPUTS, (5, 128, 5, 128, 1), strict=True))
    counts = dict(zip(INPUTS, (200, 200, 150, 150, 9), strict=True))
    feed = {name: RNG.random((counts[name], side), np.float32) for name, side in sides.items()}
    found, expected = session.run(feed), reference(path, feed)
    np.testing.assert_allclose(found['probabilities'], expected['probabilities'], atol=1e-5)
    feed['seeds'] = np.ones((129, 1), np.float32)
    with pytest.raises(BackendError, match=r'takes no .*seeds \(129, 1\)'):
        session.run(feed)


def test_several_threads_wait_for_each_other(cuda, h):
    session = opened(h)
    images = [image(1, 3, 48 + 16 * (i % 3), 64) for i in range(12)]
    expected = [session.run(each)['dense'] for each in images]
    with ThreadPoolExecutor(4) as pool:
        for found, right in zip(pool.map(session.run, images), expected, strict=True):
            np.testing.assert_array_equal(found['dense'], right)


def test_an_expected_size_is_recorded_once_and_then_started_with_one_call(cuda, h, caplog):
    session = opened(h)
    for launched in (0, 1, 2, 3):
        same(session, h, image(1, 3, 48, 64))
        assert cuda.launched == launched and len(cuda.recorded) == (launched > 0)
    same(session, h, image(1, 3, 64, 64))  # a profile of many shapes
    assert cuda.launched == 3
    same(session, h, image(2, 3, 48, 64))  # buffers grow, and what was recorded is of no use
    for launched in (3, 4):
        same(session, h, image(1, 3, 48, 64))
        assert cuda.launched == launched
    assert not cuda.graphs and 'no CUDA graph' not in caplog.text


def test_work_is_recorded_anew_where_pinned_memory_alone_has_moved(cuda, h):
    session = opened(h)
    for _ in range(2):
        same(session, h, image(1, 3, 48, 64))
    buffer = session._buffers['image']
    elsewhere = cuda.cudaMallocHost(buffer.size)[1]  # before the other is free to be taken again
    cuda.cudaFreeHost(buffer.host)
    buffer.host = elsewhere
    for launched in (1, 2):
        same(session, h, image(1, 3, 48, 64))
        assert cuda.launched == launched


def test_a_driver_without_graphs_is_told_and_the_network_runs(cuda, h, monkeypatch, caplog):
    unsupported = fake_tensorrt.Status(900, 'cudaErrorStreamCaptureUnsupported')
    monkeypatch.setattr(cuda, 'cudaStreamBeginCapture', lambda *_: (unsupported,))
    session = opened(h)
    for _ in range(4):
        same(session, h, image(1, 3, 48, 64))
    assert caplog.text.count('no CUDA graph (CUDA: cudaErrorStreamCaptureUnsupported)') == 1


def test_everything_is_given_back(cuda, h):
    session = opened(h)
    for side in (64, 128, 64):
        session.run(image(1, 3, side, side))
    for _ in range(2):
        session.run(image(1, 3, 48, 64))
    # The image and the map, on the GPU and pinned, and what the network needs at work.
    assert len(cuda.held) == 5 and len(cuda.streams) == 1 and len(cuda.recorded) == 1
    session.close()
    session.close()
    assert not cuda.held and not cuda.streams and not cuda.recorded and not cuda.graphs
    session = opened(h)
    session.run(image(1, 3, 64, 64))
    del session
    gc.collect()
    assert not cuda.held and not cuda.streams


def test_memory_at_work_is_that_of_the_shapes_that_come(cuda, h, caplog):
    caplog.set_level('INFO')
    session = opened(h)
    assert session.memory()[-1] == fake_tensorrt.MEMORY * 2 * 3 * 128 * 128
    assert 'of the largest shapes of each profile: 3, 5, 11, 28 MiB' in caplog.text
    session.run(image(1, 3, 64, 64))
    assert session._scratch.size == fake_tensorrt.MEMORY * 3 * 64 * 64


def test_too_little_memory_names_the_setting_to_lower_and_nothing_is_left(cuda, h):
    session = opened(h)
    cuda.room = 20000
    with pytest.raises(BackendError, match='cudaErrorMemoryAllocation: lower max_size'):
        session.run(image(1, 3, 64, 64))
    cuda.room = 10**9
    same(session, h, image(1, 3, 64, 64))
    with pytest.raises(BackendError, match=r'takes no image \(1, 3, 32, 4096\): set max_size'):
        session.run(image(1, 3, 32, 4096))


@pytest.mark.parametrize('call', ['set_input_shape', 'set_tensor_address', 'execute_async_v3',
                                  'set_optimization_profile_async'])
def test_what_tensorrt_refuses_is_an_error(cuda, h, monkeypatch, call):
    session = opened(h)
    monkeypatch.setattr(fake_tensorrt.IExecutionContext, call, lambda *_: False)
    with pytest.raises(BackendError, match=r'TensorRT (refuses|does not take)'):
        session.run(image(1, 3, 64, 64))


def test_no_context_and_an_engine_that_does_not_load(cuda, h, monkeypatch):
    session = opened(h)
    monkeypatch.setattr(fake_tensorrt.ICudaEngine, 'create_execution_context', lambda *_: None)
    with pytest.raises(BackendError, match=r'opens no execution context: .*lower max_size'):
        session.run(image(1, 3, 64, 64))
    with pytest.raises(BackendError, match='does not load the engine: the version does not match'):
        EngineSession(TENSORRT, b'of another version', 'fp32')


@pytest.fixture
def copying(any_cuda, monkeypatch):
    monkeypatch.setitem(sys.modules, 'tensorrt', copy_engine.tensorrt(any_cuda))
    return EngineSession(TENSORRT, b'', 'fp32')


def test_what_goes_in_comes_out_whatever_shapes_follow_each_other(copying):
    for shape in (*FIXED, FIXED[0], (5, 3, 240, 320), OPEN[2], FIXED[0], (1, 3, 120, 160)):
        for _ in range(4):  # runs plainly, is recorded, and is run as recorded
            given = image(*shape)
            np.testing.assert_array_equal(copying.run(given)['dense'], given['image'])


def test_profiles_of_one_shape_are_recorded(copying):
    for shape in (*FIXED, OPEN[2], FIXED[0]):  # buffers have grown once
        for _ in range(2):
            copying.run(image(*shape))
    assert [graph._recorded is not None for graph in copying._graphs] \
        == [True] * len(FIXED) + [False]


def test_closing_gives_all_memory_back(any_cuda, copying):
    before = checked(any_cuda.cudaMemGetInfo())
    copying.run(image(*OPEN[2]))
    assert checked(any_cuda.cudaMemGetInfo()) < before
    copying.close()
    assert checked(any_cuda.cudaMemGetInfo()) >= before
