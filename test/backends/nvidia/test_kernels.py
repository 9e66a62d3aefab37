# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import sys

import numpy as np
import pytest
from support import fake_tensorrt

from residual_features_ros.backends import Expected
from residual_features_ros.backends.nvidia import opening
from residual_features_ros.backends.nvidia.build import Build
from residual_features_ros.backends.nvidia.sdk import RTX, TENSORRT
from residual_features_ros.backends.nvidia.session import EngineSession
from residual_features_ros.backends.nvidia.typed import typed

SIZES = Expected(sizes=((48, 64),), batches=(1,), largest=(128, 128))


def run(session, height, width):
    session.run({'image': np.zeros((1, 3, height, width), np.float32)})


def test_kernels_are_compiled_for_fixed_shapes_before_and_for_others_beside_the_first_runs(
        cuda, h, tmp_path, monkeypatch):
    chosen = []
    create = fake_tensorrt.ICudaEngine.create_execution_context
    monkeypatch.setattr(fake_tensorrt.ICudaEngine, 'create_execution_context',
                        lambda self, how: chosen.append(
                            how.dynamic_shapes_kernel_specialization_strategy.name)
                        or create(self, how))
    session = EngineSession(RTX, Build(RTX, SIZES)(typed(h, 'fp32'), 'h'), 'fp32')
    run(session, 48, 64)
    run(session, 64, 64)
    run(session, 48, 64)
    assert chosen == ['EAGER', 'LAZY']


def test_what_was_compiled_is_kept_and_read_again(cuda, h, tmp_path, monkeypatch, caplog):
    file = tmp_path / 'engine.kernels'
    content = Build(RTX, SIZES)(typed(h, 'fp32'), 'h')
    run(EngineSession(RTX, content, 'fp32', kernels=file), 48, 64)
    assert file.read_bytes() == b'kernels'
    file.write_bytes(b'kernels of both shapes')
    session = EngineSession(RTX, content, 'fp32', kernels=file)
    assert session._maker._cache.serialize() == b'kernels of both shapes'
    file.write_bytes(b'of another driver')
    caplog.set_level('INFO')
    run(EngineSession(RTX, content, 'fp32', kernels=file), 48, 64)
    assert 'kernels are compiled again' in caplog.text and file.read_bytes() == b'kernels'


def test_a_cache_of_kernels_that_is_not_taken_is_not_kept(cuda, h, tmp_path, monkeypatch):
    monkeypatch.setattr(fake_tensorrt.IRuntimeConfig, 'set_runtime_cache', lambda *_: False)
    file = tmp_path / 'engine.kernels'
    run(EngineSession(RTX, Build(RTX, SIZES)(typed(h, 'fp32'), 'h'), 'fp32', kernels=file), 48, 64)
    assert not file.exists()


def test_only_what_can_be_recorded_is(cuda, h, monkeypatch):
    session = EngineSession(RTX, Build(RTX, SIZES)(typed(h, 'fp32'), 'h'), 'fp32')
    monkeypatch.setattr(fake_tensorrt.IExecutionContext, 'is_stream_capturable',
                        lambda *_: False)
    for _ in range(3):
        run(session, 48, 64)
    assert not cuda.launched


@pytest.mark.parametrize('sdk', [TENSORRT, RTX])
def test_kernels_lie_beside_the_engine(cuda, h, folder, sdk):
    opening.open_session(sdk, h, 'auto', SIZES)
    assert len(list(folder.glob('*.kernels'))) == (sdk is RTX)
    assert sys.modules['tensorrt'] is fake_tensorrt
