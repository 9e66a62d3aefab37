# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import shutil

import numpy as np
import pytest
from support import fake_tensorrt

from residual_features_ros.backends import Expected
from residual_features_ros.backends.nvidia import engines, networks, opening
from residual_features_ros.backends.nvidia.ahead import build_ahead, find
from residual_features_ros.backends.nvidia.build import Build
from residual_features_ros.backends.nvidia.networks import facts_of
from residual_features_ros.backends.nvidia.sdk import RTX, TENSORRT
from residual_features_ros.errors import BackendError

SIZES = Expected(sizes=((48, 64),), batches=(1, 2), largest=(128, 128))
IMAGE = {'image': np.zeros((1, 3, 48, 64), np.float32)}


@pytest.fixture
def path(cuda, h, tmp_path):
    """Return a network in a folder of its own."""
    return shutil.copy(h, tmp_path / 'weights.onnx')


def built():
    return fake_tensorrt.Builder.built


def opened(path, sdk=RTX):
    return opening.open_session(sdk, path, 'auto', SIZES)


@pytest.mark.parametrize('sdk', [RTX, TENSORRT], ids=lambda sdk: sdk.backend)
def test_what_was_built_ahead_is_compared_kept_and_used(cuda, path, folder, caplog, sdk):
    if sdk is RTX:
        cuda.driver = 0  # it needs no GPU
    file, engine = build_ahead(sdk, path, 'auto', SIZES, path.parent)
    assert built() == 1 and file.parent == path.parent and engine.difference is None
    assert ('Made_GPU' in file.name) == (sdk is TENSORRT)
    assert build_ahead(sdk, path, 'auto', SIZES, path.parent)[1].content == engine.content
    assert built() == 1
    cuda.driver = 13050
    assert opened(path, sdk).description.endswith('fp16')
    assert built() == 1 and 'the engine beside it differs from ONNX Runtime by' in caplog.text
    kept, = folder.glob('*.engine')
    assert engines.load(kept, facts_of(sdk, path, 'auto', SIZES, str(sdk.gpu()))).difference < 0.01
    caplog.clear()
    file.unlink()
    assert opened(path, sdk).run(IMAGE) and built() == 1 and not caplog.records


def test_what_is_wrong_here_is_not_used_and_another_is_built(cuda, path, folder, caplog):
    file, engine = build_ahead(RTX, path, 'auto', SIZES, path.parent)
    onnx = pytest.importorskip('onnx')
    network = onnx.load_from_string(networks.network_in(path, 'fp32'))
    tensor = network.graph.initializer[0]
    tensor.CopyFrom(onnx.numpy_helper.from_array(
        onnx.numpy_helper.to_array(tensor) * 2, tensor.name))
    wrong = Build(RTX, SIZES)(network.SerializeToString(), 'wrong')
    engines.store(file, facts_of(RTX, path, 'auto', SIZES, ''),
                  dataclasses.replace(engine, content=wrong))
    assert opened(path).description.endswith('fp16')
    assert built() == 3 and 'the engine beside it is not used (' in caplog.text
    assert 'differs from ONNX Runtime by' in caplog.text


def test_what_does_not_load_here_or_was_built_for_other_inputs_is_not_used(
        cuda, path, folder, caplog):
    file, _ = build_ahead(RTX, path, 'auto', SIZES, path.parent)
    facts = facts_of(RTX, path, 'auto', SIZES, '')
    engines.store(file, facts, engines.Engine(b'of another platform', 'fp16', None, 1.0))
    assert opened(path).run(IMAGE) and built() == 2
    assert 'the engine beside it is not used (TensorRT for RTX does not load' in caplog.text
    assert find(RTX, path, 'fp32', SIZES, '') is None
    assert find(RTX, path, 'auto', Expected(), '') is None
    caplog.clear()
    assert find(TENSORRT, path, 'auto', SIZES, '') is None
    assert 'beside it were not built for tensorrt 11.4.0, precision auto' in caplog.text


def test_tensorrt_builds_nothing_ahead_without_a_gpu(cuda, path):
    cuda.driver = 0
    with pytest.raises(BackendError, match='no NVIDIA driver here'):
        build_ahead(TENSORRT, path, 'auto', SIZES, path.parent)


def test_a_folder_that_cannot_be_written_is_an_error(cuda, path, tmp_path):
    (tmp_path / 'file').touch()
    with pytest.raises(BackendError, match='cannot be written'):
        build_ahead(RTX, path, 'auto', SIZES, tmp_path / 'file')
