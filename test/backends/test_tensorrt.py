# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The TensorRT backend: on a GPU where there is one, else on a stand-in for TensorRT and CUDA."""
import json
import logging
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime
import pytest
from support import fake_tensorrt
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.backends import engines, first_that_works, tensorrt
from residual_features_ros.errors import BackendError
from residual_features_ros.model_card import load_card
from residual_features_ros.network import prepare
from residual_features_ros.tools.command_line import main

METHOD = 'residual_rootsift_small'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return an empty cache of engines."""
    monkeypatch.setenv('RESIDUAL_FEATURES_CACHE', str(tmp_path))
    return tmp_path / 'engines'


@pytest.fixture
def fake(folder, monkeypatch):
    """Put the stand-ins in place; return CUDA's."""
    pytest.importorskip('onnx', reason='onnx, of whose files engines are made, is not installed')
    cuda = fake_tensorrt.Cuda()
    monkeypatch.setitem(sys.modules, 'tensorrt', fake_tensorrt)
    monkeypatch.setitem(sys.modules, 'cuda.bindings.runtime', cuda)
    monkeypatch.setattr(fake_tensorrt.Builder, 'built', 0)
    return cuda


@pytest.fixture
def h():
    return load_card(METHOD).path('h')


def test_the_stand_in_has_no_name_that_the_real_modules_lack():
    lean = pytest.importorskip('tensorrt_lean', reason='pip install tensorrt-lean-cu13')
    runtime = pytest.importorskip('cuda.bindings.runtime', reason='pip install cuda-bindings')
    for name in ('Runtime', 'ICudaEngine', 'IExecutionContext', 'Logger', 'TensorIOMode'):
        made = {word for word in vars(getattr(fake_tensorrt, name)) if not word.startswith('_')}
        assert made and made <= set(dir(getattr(lean, name))), name
    made = {word for word in vars(fake_tensorrt.Cuda) if not word.startswith('_')}
    assert made and made <= set(dir(runtime))
    assert runtime.cudaMemcpyKind.cudaMemcpyHostToDevice == 1


def test_on_a_gpu_descriptors_are_those_of_onnx_runtime(folder, image):
    try:
        tensorrt.describe()
    except BackendError as error:
        pytest.skip(str(error))
    reference = create_extractor(METHOD, 200, precision='fp32').extract(image).descriptors
    found = create_extractor(METHOD, 200, 'tensorrt').extract(image).descriptors
    assert (reference * found).sum(1).min() > 0.999


def test_without_a_gpu_the_reason_and_the_other_backends_are_named(fake, monkeypatch, caplog):
    class NoDriver(int):
        name = 'cudaErrorInsufficientDriver'

    monkeypatch.setattr(fake, 'cudaGetDeviceProperties', lambda _: (NoDriver(35), None),
                        raising=False)
    with pytest.raises(BackendError, match=r'InsufficientDriver.*openvino or onnxruntime'):
        tensorrt.describe()
    assert first_that_works(['tensorrt', 'onnxruntime'])[0] == 'onnxruntime'
    assert 'onnxruntime runs instead of tensorrt: no NVIDIA GPU' in caplog.text


def test_without_the_package_pip_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, 'tensorrt', None)
    with pytest.raises(BackendError, match='pip install tensorrt cuda-python'):
        tensorrt.describe()


@pytest.mark.parametrize('pictures', [
    [textured(640, 480)], [textured(320, 240)], [textured(200, 150)] * 3], ids=str)
def test_images_of_any_size_and_number_give_the_same_descriptors(fake, pictures):
    reference = create_extractor(METHOD, 100, precision='fp32').extract_batch(pictures)
    extractor = create_extractor(METHOD, 100, 'tensorrt')
    assert extractor.backend_description.startswith('tensorrt 11.4.0, Made GPU, compute')
    assert extractor.backend_description.endswith('fp16')
    for expected, found in zip(reference, extractor.extract_batch(pictures), strict=True):
        assert (expected.descriptors * found.descriptors).sum(1).min() > 0.999
    none = extractor.extract(np.zeros((64, 64), np.uint8))
    assert none.descriptors.shape == (0, 256)


def test_several_threads_that_run_an_engine_wait_for_each_other(fake, h):
    session, rng = tensorrt.open_session(h, 0), np.random.default_rng(0)
    images = [{'image': rng.random((1, 3, 64 + 32 * (i % 3), 96), np.float32)} for i in range(12)]
    expected = [session.run(image)[0] for image in images]
    with ThreadPoolExecutor(4) as pool:
        for found, right in zip(pool.map(session.run, images), expected, strict=True):
            np.testing.assert_array_equal(found[0], right)


def test_h_becomes_fp16_with_constant_weights_and_f_stays_fp32(h):
    onnx = pytest.importorskip('onnx')
    blob = prepare([textured(96, 64)], load_card(METHOD))
    expected = onnxruntime.InferenceSession(str(h)).run(None, {'image': blob})[0]
    for precision, kind in (('fp16', onnx.TensorProto.FLOAT16), ('fp32', onnx.TensorProto.FLOAT)):
        content = tensorrt.typed(h, precision)
        graph = onnx.load_from_string(content).graph
        assert {tensor.data_type for tensor in graph.initializer} == {kind}
        assert [n.op_type for n in graph.node].count('Cast') == (2 if precision == 'fp16' else 0)
        found = onnxruntime.InferenceSession(content).run(None, {'image': blob})[0]
        assert np.linalg.norm(found - expected) < 0.01 * np.linalg.norm(expected)
    assert tensorrt.is_convolutional(h)
    assert not tensorrt.is_convolutional(load_card(METHOD).path('f'))


def test_an_engine_is_built_once_for_its_gpu_version_and_network(fake, h, folder, caplog,
                                                                 monkeypatch):
    caplog.set_level(logging.WARNING)
    tensorrt.open_session(h, 0)
    assert fake_tensorrt.Builder.built == 1 and 'this takes minutes, once' in caplog.text
    saved = json.loads((folder / f'{METHOD}.h.fp16.json').read_text())
    assert saved['metadata']['gpu'] == 'Made GPU, compute capability 9.0'
    assert 0 <= saved['difference_to_onnxruntime'] < 0.02
    tensorrt.open_session(h, 0)
    assert fake_tensorrt.Builder.built == 1

    monkeypatch.setattr(fake_tensorrt, '__version__', '12.0.0')
    tensorrt.open_session(h, 0)
    assert fake_tensorrt.Builder.built == 2
    assert "built again, it was built for tensorrt '11.4.0' instead of '12.0.0'" in caplog.text
    monkeypatch.setattr(fake_tensorrt.GPU, 'name', b'Another GPU')
    tensorrt.open_session(h, 0)
    assert fake_tensorrt.Builder.built == 3 and 'Made GPU' in caplog.text
    tensorrt.open_session(h, 0, 'fp32')
    assert fake_tensorrt.Builder.built == 4 and (folder / f'{METHOD}.h.fp32.engine').exists()


@pytest.mark.parametrize('damage', ['engine', 'json', 'gone'])
def test_a_damaged_engine_is_discarded_and_built_again(fake, h, folder, caplog, damage):
    tensorrt.open_session(h, 0)
    name = f'{METHOD}.h.fp16'
    if damage == 'gone':
        (folder / f'{name}.engine').unlink()
    else:
        (folder / f'{name}.{damage}').write_bytes(b'half of it')
    tensorrt.open_session(h, 0)
    assert fake_tensorrt.Builder.built == 2 and 'discarded, the engine is built' in caplog.text
    assert engines.load(name, json.loads((folder / f'{name}.json').read_text())['metadata'])


def test_an_engine_that_disagrees_is_not_used_or_kept(fake, h, folder, monkeypatch):
    run = fake_tensorrt.IExecutionContext.execute_async_v3

    def wrong(self, stream_handle):
        run(self, stream_handle)
        fake_tensorrt.do(lambda: np.multiply(dense(self), 2, out=dense(self)))
        return True

    def dense(self):
        return self._array('dense', self.get_tensor_shape('dense'))[0, 0]

    monkeypatch.setattr(fake_tensorrt.IExecutionContext, 'execute_async_v3', wrong)
    with pytest.raises(BackendError, match=r'differs from ONNX Runtime by 0.*it is not used'):
        tensorrt.open_session(h, 0)
    assert not folder.exists()


def test_what_tensorrt_refuses_is_an_error_with_its_reason(fake, h, tmp_path, monkeypatch):
    monkeypatch.setattr(tensorrt, 'typed', lambda *_: b'no network')
    with pytest.raises(BackendError, match=r'TensorRT cannot read .*small\.h\.onnx: '):
        tensorrt.open_session(h, 0)
    monkeypatch.undo()
    with pytest.raises(BackendError, match='has no precision int8: take one of auto, fp16, fp32'):
        tensorrt.open_session(h, 0, 'int8')


def test_too_little_memory_names_the_setting_to_lower(fake, h, monkeypatch):
    session = tensorrt.open_session(h, 0)
    fake._room = 1000
    with pytest.raises(BackendError, match='cudaErrorMemoryAllocation: lower max_size'):
        session.run({'image': np.zeros((1, 3, 1024, 1024), np.float32)})
    with pytest.raises(BackendError, match='set max_size to 2048 or less'):
        session.run({'image': np.zeros((1, 3, 32, 4096), np.float32)})


def test_more_keypoints_than_an_engine_takes_go_in_parts(fake, monkeypatch):
    monkeypatch.setattr(tensorrt, 'ROWS', ((1, 20, 40),))
    card = load_card(METHOD)
    rng = np.random.default_rng(0)
    feed = {'sampled': rng.random((97, card.dense_dim), np.float32),
            'handcrafted': rng.random((97, card.handcrafted_dim), np.float32),
            'windows': rng.standard_normal((97, 4, 12, 12), np.float32)}
    found = tensorrt.open_session(card.path('f'), 0).run(feed)[0]
    expected = onnxruntime.InferenceSession(str(card.path('f'))).run(None, feed)[0]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_images_of_vga_are_recorded_once_and_then_started_with_one_call(fake, h, caplog):
    reference = onnxruntime.InferenceSession(str(h))
    session = tensorrt.open_session(h, 0, 'fp32')  # the check of a new engine runs each shape
    rng = np.random.default_rng(0)

    def same(*shape):
        image = rng.standard_normal((1, 3, *shape), np.float32)
        np.testing.assert_allclose(session.run({'image': image})[0],
                                   reference.run(None, {'image': image})[0], atol=1e-4)

    assert fake._launched == 1 and len(fake._graphs) == 1
    for launched in (2, 3):
        same(480, 640)
        assert fake._launched == launched
    same(64, 64)  # a profile of many shapes
    same(480, 640)
    assert fake._launched == 4 and len(fake._graphs) == 1
    session.run({'image': np.zeros((1, 3, 1024, 1024), np.float32)})  # buffers move
    for launched in (4, 5):
        same(480, 640)
        assert fake._launched == launched
    assert len(fake._graphs) == 1 and 'no CUDA graph' not in caplog.text


def test_a_driver_without_graphs_is_told_and_the_network_runs(fake, h, monkeypatch, caplog):
    class Unsupported(int):
        name = 'cudaErrorStreamCaptureUnsupported'

    monkeypatch.setattr(fake, 'cudaStreamBeginCapture', lambda *_: (Unsupported(900),),
                        raising=False)
    session = tensorrt.open_session(h, 0, 'fp32')
    image = np.random.default_rng(0).standard_normal((1, 3, 240, 320), np.float32)
    first, *others = (session.run({'image': image})[0] for _ in range(4))
    for other in others:
        np.testing.assert_array_equal(other, first)
    text = 'no CUDA graph (CUDA: cudaErrorStreamCaptureUnsupported)'
    assert caplog.text.count(text) == 2  # once for VGA, in the check of the engine, and for QVGA


def test_buffers_grow_and_are_given_back(fake, h):
    session = tensorrt.open_session(h, 0, 'fp32')
    for side in (64, 128, 64):
        session.run({'image': np.zeros((1, 3, side, side), np.float32)})
    # The image and the map, on the GPU and pinned; the check after the build saw 640x480.
    assert len(fake._held) == 4


def test_engines_are_built_ahead_by_a_command(fake, folder, capsys):
    assert main(['engine', '--method', METHOD]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f'{METHOD}: tensorrt 11.4.0, Made GPU') and str(folder) in printed
    assert sorted(path.name for path in folder.iterdir()) == [
        f'{METHOD}.{part}' for part in ('f.fp32.engine', 'f.fp32.json', 'h.fp16.engine',
                                        'h.fp16.json')]
    assert main(['engine', '--method', 'sift']) == 2
    assert 'has no network to build' in capsys.readouterr().err
    assert main(['engine', '--backend', 'openvino']) == 2
    assert 'tensorrt alone has engines' in capsys.readouterr().err


def test_grey_networks_are_optimised_for_grey_images():
    least, best, largest = tensorrt.profiles({'image': (-1, 1, -1, -1)})[-1]['image']
    assert (least, best, largest) == ((1, 1, 32, 32), (1, 1, 480, 640), (2, 1, 2048, 2048))
    assert tensorrt.profiles({'image': (-1, 3, -1, -1)})[0]['image'][1] == (1, 3, 480, 640)
