# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The TensorRT backend as a whole: on a GPU where there is one, else on the stand-in."""
import sys

import numpy as np
import pytest
import yaml
from support.paths import ROOT
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.backends import load_backend, tensorrt
from residual_features_ros.errors import BackendError
from residual_features_ros.tools.command_line import main

METHOD = 'residual_rootsift_small'
SMALL = ('--set', 'max_size=160')


def test_on_a_gpu_descriptors_are_those_of_onnx_runtime(folder, image):
    try:
        tensorrt.describe()
    except BackendError as error:
        pytest.skip(str(error))
    reference = create_extractor(METHOD, 200, precision='fp32').extract(image).descriptors
    found = create_extractor(METHOD, 200, 'tensorrt').extract(image).descriptors
    assert (reference * found).sum(1).min() > 0.999


def test_without_a_gpu_the_reason_and_the_other_backends_are_named(cuda):
    cuda.driver = 0
    with pytest.raises(BackendError, match=r'no NVIDIA driver here.*openvino or onnxruntime'):
        load_backend('tensorrt')


def test_without_the_package_pip_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, 'tensorrt', None)
    with pytest.raises(BackendError, match='pip install tensorrt onnx cuda-python'):
        tensorrt.describe()


@pytest.mark.parametrize('backend', ['tensorrt', 'tensorrt_rtx'])
def test_images_of_any_size_and_number_give_the_same_descriptors(cuda, backend):
    exact = create_extractor(METHOD, 100, precision='fp32')
    extractor = create_extractor(METHOD, 100, backend)
    assert extractor.backend_description.startswith(f'{backend} ')
    assert extractor.backend_description.endswith('Made GPU, compute capability 8.9, fp16')
    for pictures in ([textured(640, 480)], [textured(320, 240)] * 2, [textured(200, 150)] * 3):
        for expected, found in zip(exact.extract_batch(pictures),
                                   extractor.extract_batch(pictures), strict=True):
            assert (expected.descriptors * found.descriptors).sum(1).min() > 0.999
    none = extractor.extract(np.zeros((64, 64), np.uint8))
    assert none.descriptors.shape == (0, 256)


@pytest.mark.parametrize('name', ['accurate', 'balanced', 'fast', 'one_core', 'extractor'])
def test_every_parameter_file_starts_on_a_gpu(cuda, name):
    """The first image of a node has the least size, 64 x 64, which h sees at less."""
    parameters = yaml.safe_load((ROOT / 'config' / f'{name}.yaml').read_text())
    chosen = parameters['/**']['ros__parameters']
    extractor = create_extractor(chosen['method'], backend=['tensorrt'], max_size=160)
    assert not len(extractor.warm_up())
    assert extractor.backend_description.startswith('tensorrt')


@pytest.mark.parametrize('method', ['residual_sift', 'superpoint', 'posfeat', 'lfnet'])
def test_the_smallest_image_runs(cuda, method):
    extractor = create_extractor(method, backend=['tensorrt'], max_size=64)
    extractor.extract(np.zeros((32, 32), np.uint8))
    assert extractor.backend_description.startswith('tensorrt')


def test_engines_are_built_ahead_by_a_command(cuda, folder, capsys):
    assert main(['engine', '--method', METHOD, *SMALL]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f'{METHOD}: tensorrt 11.4.0, Made GPU') and str(folder) in printed
    assert sorted(path.name.split('-')[0] for path in folder.glob('*.engine')) == [
        f'{METHOD}.f', f'{METHOD}.h']
    assert main(['engine', '--method', METHOD, '--backend', 'tensorrt_rtx', *SMALL]) == 0
    assert capsys.readouterr().out.startswith(f'{METHOD}: tensorrt_rtx 1.7.1.116, Made GPU')
    assert main(['engine', '--method', 'sift']) == 2
    assert 'has no network to build' in capsys.readouterr().err
    assert main(['engine', '--backend', 'openvino']) == 2
    assert 'have engines' in capsys.readouterr().err
