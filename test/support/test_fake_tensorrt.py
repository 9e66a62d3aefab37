# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The stand-in for TensorRT and CUDA does what the real modules do."""
import types

import pytest

from support import fake_tensorrt

FAKES = [fake_tensorrt, fake_tensorrt.rtx()]
REAL = {'tensorrt_rtx': 'tensorrt-rtx-cu13', 'tensorrt_lean': 'tensorrt-lean-cu13'}
# The lean runtime builds nothing, and TensorRT keeps no kernels.
OF_RTX = ('IRuntimeCache', 'IRuntimeConfig', 'DynamicShapesKernelSpecializationStrategy',
          'is_stream_capturable')
OF_BOTH = ('ICudaEngine', 'IExecutionContext', 'ILogger', 'TensorIOMode', 'Dims', 'Runtime',
           'ExecutionContextAllocationStrategy')


def real(name):
    return pytest.importorskip(name, reason=f'pip install {REAL[name]}')


def names(made):
    return {word for word in vars(made) if not word.startswith('_')}


@pytest.mark.parametrize('module', REAL)
def test_it_has_no_name_that_the_real_modules_lack(module):
    there, classes = real(module), OF_BOTH
    if module == 'tensorrt_rtx':
        classes = [name for name, made in vars(fake_tensorrt).items() if isinstance(made, type)
                   and name not in ('Network', 'Cuda', 'Status')]
        assert set(OF_RTX[:3]) <= set(classes)
        assert names(fake_tensorrt.Network) <= names(there.INetworkDefinition)
    for name in classes:
        lacking = names(getattr(fake_tensorrt, name)) - set(dir(getattr(there, name)))
        assert not lacking - {'built', *(OF_RTX if module == 'tensorrt_lean' else ())}, name


def test_it_has_no_name_that_cudas_runtime_lacks():
    runtime = pytest.importorskip('cuda.bindings.runtime', reason='pip install cuda-bindings')
    made = {word for word in names(fake_tensorrt.Cuda) if word.startswith('cuda')}
    assert len(made) > 15 and made <= set(dir(runtime))
    for kind in ('cudaMemcpyKind', 'cudaStreamCaptureMode'):
        for member in getattr(fake_tensorrt.Cuda, kind):
            assert getattr(getattr(runtime, kind), member.name) == member
    error = fake_tensorrt.OUT_OF_MEMORY
    assert getattr(runtime.cudaError_t, error.name) == error
    assert len(runtime.cudaDriverGetVersion()) == 2


@pytest.mark.parametrize('module', [fake_tensorrt, 'tensorrt_rtx'],
                         ids=['stand-in', 'tensorrt_rtx'])
def test_dims_equal_tuples_but_neither_each_other_nor_are_they_ordered(module):
    dims = (real(module) if isinstance(module, str) else module).Dims((1, 3, 8))
    assert dims == (1, 3, 8) and dims != (1, 3, 9) and dims == [1, 3, 8] and dims == (1, 3, 8)
    assert tuple(dims) == (1, 3, 8) and list(zip(dims, dims, strict=True))[1] == (3, 3)
    with pytest.raises(TypeError):
        assert dims == type(dims)((1, 3, 8))
    with pytest.raises(TypeError):
        assert dims <= (1, 3, 8)
    with pytest.raises(TypeError):
        hash(dims)


def test_flags_and_levels_have_their_numbers():
    there = real('tensorrt_rtx')
    for name in ('NetworkDefinitionCreationFlag', 'TensorIOMode', 'BuilderFlag',
                 'ExecutionContextAllocationStrategy',
                 'DynamicShapesKernelSpecializationStrategy'):
        for word, member in getattr(fake_tensorrt, name).__members__.items():
            value = member.value if isinstance(member.value, int) else member
            assert int(getattr(there, name).__members__[word]) == value, (name, word)
    for word, member in fake_tensorrt.ILogger.Severity.__members__.items():
        assert int(there.ILogger.Severity.__members__[word]) == member


def test_a_profile_that_is_not_valid_gets_the_number_minus_one():
    logger = fake_tensorrt.ILogger()
    logger.log = lambda *_: None
    builder = fake_tensorrt.Builder(logger)
    profile, config = builder.create_optimization_profile(), builder.create_builder_config()
    profile.set_shape('x', (4, 4), (2, 4), (1, 4))
    assert not profile and config.add_optimization_profile(profile) == -1
    there = real('tensorrt_rtx')

    class Silent(there.ILogger):
        def __init__(self):
            there.ILogger.__init__(self)

        def log(self, severity, msg):
            pass

    silent = Silent()
    builder = there.Builder(silent)
    network = builder.create_network(1 << int(
        there.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    network.add_input('x', there.float32, (-1, 4))
    profile, config = builder.create_optimization_profile(), builder.create_builder_config()
    profile.set_shape('x', (4, 4), (2, 4), (1, 4))
    assert not profile and config.add_optimization_profile(profile) == -1


def test_recorded_work_keeps_its_numbers_and_its_memory():
    cuda = fake_tensorrt.Cuda()
    numbers = set()
    for _ in range(3):
        _, stream = cuda.cudaStreamCreate()
        cuda.cudaStreamBeginCapture(stream, 1)
        _, graph = cuda.cudaStreamEndCapture(stream)
        _, recorded = cuda.cudaGraphInstantiate(graph, 0)
        numbers |= {stream, graph, recorded}
        cuda.cudaGraphDestroy(graph)
        cuda.cudaGraphExecDestroy(recorded)
        cuda.cudaStreamDestroy(stream)
    assert len(numbers) == 9  # none is given twice
    _, stream = cuda.cudaStreamCreate()
    (_, there), (_, here) = cuda.cudaMalloc(4), cuda.cudaMallocHost(4)
    cuda.cudaStreamBeginCapture(stream, 1)
    cuda.cudaMemcpyAsync(there, here, 4, 1, stream)
    _, graph = cuda.cudaStreamEndCapture(stream)
    _, recorded = cuda.cudaGraphInstantiate(graph, 0)
    cuda.cudaGraphLaunch(recorded, stream)
    cuda.cudaFreeHost(here)
    with pytest.raises(AssertionError):  # a real GPU would copy what is no longer there
        cuda.cudaGraphLaunch(recorded, stream)


def test_both_stand_ins_are_modules_of_their_own():
    first, second = FAKES
    assert isinstance(second, types.ModuleType) and first.__version__ != second.__version__
