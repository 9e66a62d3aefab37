# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import sys

import numpy as np
import pytest
from support import fake_tensorrt
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.backends import Expected
from residual_features_ros.backends.nvidia import networks, opening
from residual_features_ros.backends.nvidia.parity import LARGEST_DIFFERENCE
from residual_features_ros.backends.nvidia.sdk import RTX, TENSORRT
from residual_features_ros.errors import BackendError
from residual_features_ros.model_card import load_card

METHOD = 'residual_rootsift_small'
SIZES = Expected(sizes=((48, 64),), batches=(1, 2), largest=(128, 128))


def opened(path, precision='auto', sdk=TENSORRT, expected=SIZES):
    return opening.open_session(sdk, path, precision, expected)


def built():
    return fake_tensorrt.Builder.built


def test_an_engine_is_built_once_and_those_of_other_facts_live_beside_it(cuda, h, folder, caplog,
                                                                         monkeypatch):
    assert opened(h).description == 'tensorrt 11.4.0, Made GPU, compute capability 8.9, fp16'
    assert built() == 1 and 'in fp16 for Made GPU' in caplog.text
    assert 'once: this takes minutes' in caplog.text
    file, = folder.glob('*.json')
    assert file.stem.startswith(f'{METHOD}.h-')
    assert 'Made_GPU_compute_capability_8.9-tensorrt_11.4.0-auto' in file.stem
    saved = json.loads(file.read_text())
    assert saved['facts']['gpu'] == 'Made GPU, compute capability 8.9'
    assert 0 <= saved['difference_to_onnxruntime'] < LARGEST_DIFFERENCE['fp16']
    assert saved['precision'] == 'fp16'
    opened(h)
    assert built() == 1

    for number, change in enumerate((
            lambda: monkeypatch.setattr(fake_tensorrt, '__version__', '12.0.0'),
            lambda: monkeypatch.setattr(cuda.gpu, 'name', b'Another GPU')), 2):
        change()
        opened(h)
        opened(h)
        assert built() == number
    monkeypatch.setattr(fake_tensorrt, '__version__', '11.4.0')
    cuda.gpu.name = b'Made GPU'
    opened(h)
    assert built() == 3
    opened(h, 'fp32')
    opened(h, expected=Expected(sizes=((24, 32),), batches=(1,), largest=(64, 64)))
    opened(h, sdk=RTX)
    assert built() == 6 and len(list(folder.glob('*.engine'))) == 6
    assert (folder / 'tensorrt_11.4.0_Made_GPU,_compute_capability_8.9.timings').exists()


@pytest.mark.parametrize('damage', ['engine', 'json', 'gone'])
def test_a_damaged_engine_is_discarded_and_built_again(cuda, h, folder, caplog, damage):
    opened(h)
    file, = folder.glob('*.engine')
    if damage == 'gone':
        file.unlink()
    else:
        file.with_suffix(f'.{damage}').write_bytes(b'half of it')
    opened(h)
    assert built() == 2 and 'discarded, the engine is built' in caplog.text
    opened(h)
    assert built() == 2


def test_an_engine_that_does_not_load_any_more_is_built_again(cuda, h, monkeypatch, caplog):
    opened(h)
    deserialise = fake_tensorrt.Runtime.deserialize_cuda_engine
    times = []

    def once(self, serialized_engine):
        times.append(1)
        if len(times) == 1:
            self._logger._error('serialization assertion safeVersionRead failed')
            return None
        return deserialise(self, serialized_engine)

    monkeypatch.setattr(fake_tensorrt.Runtime, 'deserialize_cuda_engine', once)
    session = opened(h)
    assert built() == 2 and session.run({'image': np.zeros((1, 3, 48, 64), np.float32)})
    assert 'discarded, the engine is built again' in caplog.text
    assert 'safeVersionRead failed' in caplog.text
    opened(h)
    assert built() == 2


def test_a_full_gpu_costs_no_engine(cuda, h, folder, monkeypatch):
    opened(h)

    def full(self, serialized_engine):
        self._logger._error('Error Code 2: OutOfMemory (Requested size was 123 bytes.)')

    monkeypatch.setattr(fake_tensorrt.Runtime, 'deserialize_cuda_engine', full)
    with pytest.raises(BackendError, match='OutOfMemory'):
        opened(h)
    assert built() == 1 and len(list(folder.glob('*.engine'))) == 1


def test_a_cache_that_cannot_be_written_loses_no_engine(cuda, h, folder, caplog):
    folder.parent.mkdir()
    folder.write_text('a file is where the folder would be')
    session = opened(h)
    assert session.run({'image': np.zeros((1, 3, 48, 64), np.float32)})['dense'].shape[1] == 128
    assert 'not kept, it is made again the next time' in caplog.text


def test_a_kept_engine_needs_neither_onnx_nor_onnx_runtime(cuda, h, monkeypatch):
    opened(h)
    for package in ('onnx', 'onnxruntime'):
        monkeypatch.setitem(sys.modules, package, None)
    assert opened(h).description.endswith('fp16') and built() == 1
    with pytest.raises(BackendError, match='pip install onnx'):
        opened(load_card(METHOD).path('f'))


def rounded_badly(monkeypatch, precision):
    """Make fp16 as bad as it may be."""
    typed = networks.typed

    def worse(path, kind):
        onnx = pytest.importorskip('onnx')
        network = onnx.load_from_string(typed(path, kind))
        if kind == precision or not precision:
            tensor = network.graph.initializer[0]
            values = onnx.numpy_helper.to_array(tensor)
            tensor.CopyFrom(onnx.numpy_helper.from_array(
                (values * 1.1).astype(values.dtype), tensor.name))
        return network.SerializeToString()
    monkeypatch.setattr(networks, 'typed', worse)


@pytest.mark.parametrize('asked', ['auto', 'fp16'])
def test_where_fp16_is_refused_fp32_is_built_and_that_is_told(cuda, h, monkeypatch, caplog, asked):
    rounded_badly(monkeypatch, 'fp16')
    assert opened(h, asked).description.endswith('fp32') and built() == 2
    assert 'the fp16 engine differs from ONNX Runtime by 0.' in caplog.text
    assert 'at most 0.0085 is allowed: fp32 is built instead' in caplog.text
    assert ('it has nothing that runs in fp16' in caplog.text) == (asked == 'fp16')
    caplog.clear()
    assert opened(h, asked).description.endswith('fp32') and built() == 2


def test_an_engine_that_disagrees_is_not_used_or_kept(cuda, h, folder, monkeypatch):
    rounded_badly(monkeypatch, '')
    with pytest.raises(BackendError, match=r'the fp32 engine differs .*it is not used'):
        opened(h)
    assert built() == 2 and not list(folder.glob('*.engine')) and not cuda.held


def test_f_stays_in_fp32_and_that_is_told_where_fp16_was_asked_for(cuda, caplog):
    path = load_card(METHOD).path('f')
    assert opened(path, expected=Expected()).description.endswith('fp32')
    assert 'fp16' not in caplog.text
    assert opened(path, 'fp16', expected=Expected()).description.endswith('fp32')
    assert 'runs in fp32: it has nothing that runs in fp16' in caplog.text


def test_int8_is_the_symmetric_form_of_the_file_for_cpus(cuda, folder):
    path = load_card(METHOD).path('h_int8')
    session = opened(path, 'int8')
    assert session.description.endswith('int8')
    file, = folder.glob('*.json')
    assert json.loads(file.read_text())['difference_to_onnxruntime'] < 1e-6
    extractor = create_extractor(METHOD, 100, 'tensorrt', precision='int8', max_size=160)
    reference = create_extractor(METHOD, 100, precision='fp32', max_size=160)
    assert extractor.backend_description.endswith('int8, h in int8')
    image = textured(160, 120)
    cosine = (extractor.extract(image).descriptors * reference.extract(image).descriptors).sum(1)
    assert 0.99 < cosine.mean() < 0.999999


def test_every_failure_is_an_error_of_the_backend(cuda, h, tmp_path, monkeypatch):
    with pytest.raises(BackendError, match='has no precision bf16: take one of auto, int8, fp16'):
        opened(h, 'bf16')
    with pytest.raises(BackendError, match='nowhere'):
        opened(tmp_path / 'nowhere.onnx')
    (tmp_path / 'broken.onnx').write_bytes(b'not a network')
    with pytest.raises(BackendError, match=r'broken\.onnx'):
        opened(tmp_path / 'broken.onnx')
    monkeypatch.setattr(networks, 'typed', lambda *_: b'no network')
    with pytest.raises(BackendError, match=r'TensorRT cannot read .*small\.h\.onnx: '):
        opened(h)
    monkeypatch.undo()


@pytest.mark.parametrize('error', [TypeError('incompatible'), RuntimeError('myelin'),
                                   MemoryError('no host memory'), OSError('no space')])
def test_whatever_a_builder_raises_is_an_error_of_the_backend(cuda, h, monkeypatch, error):
    def fail(*_):
        raise error
    monkeypatch.setattr(fake_tensorrt.Builder, 'build_serialized_network', fail)
    with pytest.raises(BackendError, match=f'TensorRT fails with .*{error}'):
        opened(h)
