# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support import fake_tensorrt
from support.fake_tensorrt import Status

from residual_features_ros.backends.nvidia.cuda import Buffer, Graph, checked, dotted, gpu
from residual_features_ros.errors import BackendError


def test_the_gpu_and_its_compute_capability(cuda):
    assert str(gpu(cuda)) == 'Made GPU, compute capability 8.9'


def test_what_is_missing_is_told_apart(cuda, monkeypatch):
    cuda.driver = 0
    with pytest.raises(BackendError, match=r'no NVIDIA driver here.*openvino or onnxruntime'):
        gpu(cuda)
    cuda.driver = 12040
    with pytest.raises(BackendError, match=r'driver is for CUDA 12\.4, the packages for CUDA '
                                           r'13\.5: install driver 580 or later, or the '
                                           r'packages for CUDA 12'):
        gpu(cuda)
    cuda.driver = 13000  # of the same major version
    gpu(cuda)
    for status, words in ((Status(100, 'cudaErrorNoDevice'), 'no NVIDIA GPU here'),
                          (Status(3, 'cudaErrorInitializationError'), 'cannot be used')):
        monkeypatch.setattr(cuda, 'cudaGetDeviceProperties', lambda _, s=status: (s, None))
        with pytest.raises(BackendError, match=f'{words} .CUDA: {status.name}.: take the backend'):
            gpu(cuda)


def test_the_real_runtime_without_a_driver_is_told():
    runtime = pytest.importorskip('cuda.bindings.runtime', reason='pip install cuda-bindings')
    if checked(runtime.cudaDriverGetVersion()):
        pytest.skip('there is a driver here')
    with pytest.raises(BackendError, match='no NVIDIA driver here: install one'):
        gpu(runtime)


def test_versions_in_words():
    assert dotted(13050) == '13.5' and dotted(12040) == '12.4'


def test_a_buffer_grows_alone_and_is_given_back(cuda):
    buffer, scratch = Buffer(cuda), Buffer(cuda, pinned=False)
    buffer.fit(100)
    before = buffer.addresses
    buffer.fit(50)
    assert buffer.addresses == before and buffer.size == 100 and len(cuda.held) == 2
    buffer.fit(200)
    scratch.fit(0)
    assert scratch.size == 1 and scratch.host == 0 and len(cuda.held) == 3
    view = buffer.view((2, 3), np.dtype(np.float32))
    view[...] = 1
    assert buffer.view((2, 3), np.dtype(np.float32)).sum() == 6
    assert buffer.view((0, 3), np.dtype(np.uint8)).shape == (0, 3)
    for each in (buffer, scratch, buffer):
        each.free()
    assert not cuda.held and buffer.addresses == (0, 0)


def test_where_pinned_memory_is_lacking_none_is_held(cuda, monkeypatch):
    monkeypatch.setattr(cuda, 'cudaMallocHost', lambda _: (fake_tensorrt.OUT_OF_MEMORY, None))
    buffer = Buffer(cuda)
    with pytest.raises(BackendError, match='cudaErrorMemoryAllocation: lower max_size'):
        buffer.fit(100)
    assert not cuda.held and buffer.size == 0


def test_more_memory_than_there_is_is_an_error_and_none_is_held(any_cuda):
    before, buffer = checked(any_cuda.cudaMemGetInfo()), Buffer(any_cuda)
    with pytest.raises(BackendError, match='lower max_size'):
        buffer.fit(1 << 50)
    assert buffer.addresses == (0, 0) and checked(any_cuda.cudaMemGetInfo()) >= before


def test_work_is_recorded_the_second_time_and_anew_for_other_addresses(cuda):
    _, stream = cuda.cudaStreamCreate()
    graph, done = Graph(cuda, stream), []

    def submit():
        cuda.do(lambda: done.append(1))

    for launched in (0, 1, 2):
        graph.run(submit, (1, 2))
        assert cuda.launched == launched
    graph.run(submit, (1, 3))
    assert cuda.launched == 2 and not cuda.recorded
    graph.run(submit, (1, 3))
    assert cuda.launched == 3 and len(done) == 5
    graph.free()
    graph.free()
    assert not cuda.recorded and not cuda.graphs


def test_a_graph_that_is_not_made_leaves_nothing_and_the_work_is_done(cuda, monkeypatch, caplog):
    _, stream = cuda.cudaStreamCreate()
    monkeypatch.setattr(cuda, 'cudaGraphInstantiate', lambda *_: (Status(999, 'unknown'), None))
    graph, done = Graph(cuda, stream), []
    for _ in range(3):
        graph.run(lambda: cuda.do(lambda: done.append(1)), (1,))
    assert len(done) == 3 and not cuda.graphs
    assert caplog.text.count('no CUDA graph (CUDA: unknown)') == 1
