# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import shutil
import sys

import numpy as np
import pytest

pytest.importorskip('onnx', reason='onnx is not installed')

from support import fake_tensorrt
from support.other_weights import damaged_weights, no_numbers, other_weights

from residual_features_ros import create_extractor
from residual_features_ros.certification import (
    certify,
    check_backend,
    check_fit,
    compare,
    is_unchanged,
    judge,
    reference,
)
from residual_features_ros.errors import ModelCardError

METHOD = 'residual_hessian_tiny'
SIZE = 320, 240


@pytest.fixture(scope='module')
def running():
    return create_extractor(METHOD, 300)


@pytest.mark.parametrize('method', [METHOD, 'superpoint', 'residual_hessian_small_binary',
                                    'orb'])
def test_the_shipped_weights_pass(method):
    running = create_extractor(method, 300)
    check_fit('', running)
    certify([create_extractor(method, 300)], running, running.warm_up(), SIZE)


@pytest.mark.parametrize('method', [METHOD, 'superpoint', 'residual_hessian_small'])
def test_the_shipped_weights_pass_with_openvino(method):
    pytest.importorskip('openvino', reason='openvino is not installed')
    other = create_extractor(method, 300, 'openvino')
    certify([other, other.twin()], other, other.warm_up(), SIZE)


def test_other_weights_of_the_method_pass(running, tmp_path):
    folder = other_weights(tmp_path / 'a', METHOD)
    check_fit(str(folder), running)
    certify([create_extractor(METHOD, 300, weights=str(folder))], running, running.warm_up(), SIZE)


def test_free_weights_may_take_the_place_of_those_that_run():
    running = create_extractor('residual_hessian_small', 300)
    assert check_fit('free', running) != running.card
    certify([create_extractor('residual_hessian_small', 300, weights='free')], running,
            running.warm_up(), SIZE)


def test_weights_without_numbers_are_refused(running, tmp_path):
    folder = other_weights(tmp_path / 'a', METHOD, no_numbers)
    check_fit(str(folder), running)
    with pytest.raises(ModelCardError, match='descriptors of length 1'):
        certify([create_extractor(METHOD, 300, weights=str(folder))], running,
                running.warm_up(), SIZE)


def test_binary_weights_without_numbers_are_refused(tmp_path):
    method = 'residual_hessian_small_binary'
    running = create_extractor(method, 300)
    folder = other_weights(tmp_path / 'a', method, no_numbers)
    with pytest.raises(ModelCardError, match=r'descriptors that differ, found .* times the same'):
        certify([create_extractor(method, 300, weights=str(folder))], running,
                running.warm_up(), SIZE)


def test_what_subscribers_get_has_to_be_of_one_size(tmp_path):
    running = create_extractor('residual_hessian_small_binary', 300)
    name = running.config.method
    assert check_fit(str(other_weights(tmp_path / 'a', name, dim=64)), running).dim == 64
    with pytest.raises(ModelCardError, match=r'of 256 bits as those .* found 128 bits'):
        check_fit(str(other_weights(tmp_path / 'b', name, bits=128)), running)
    with pytest.raises(ModelCardError, match=r'of 256 bits as those .* found 128 values'):
        check_fit(str(other_weights(tmp_path / 'c', name, bits=0)), running)


def test_a_folder_that_has_what_runs_is_known(tmp_path):
    folder = other_weights(tmp_path / 'a', METHOD)
    running = create_extractor(METHOD, 300, weights=str(folder))
    assert is_unchanged(str(folder), running) and not is_unchanged('', running)
    shutil.rmtree(folder)
    other_weights(folder, METHOD, lambda array: array * array.dtype.type(0.9))
    assert not is_unchanged(str(folder), running)
    shutil.rmtree(folder)
    with pytest.raises(ModelCardError, match='no such folder'):
        is_unchanged(str(folder), running)
    assert is_unchanged('', create_extractor('orb'))


def test_a_later_backend_than_the_present_one_is_refused():
    names = 'tensorrt', 'openvino', 'onnxruntime'
    for found, present in (('tensorrt', 'openvino'), ('openvino', 'openvino'), ('', '')):
        check_backend(found, present, names)
    with pytest.raises(ModelCardError, match=r'tensorrt runs, as .* found some that onnxruntime'):
        check_backend('onnxruntime', 'tensorrt', names)


@pytest.fixture
def cuda(tmp_path, monkeypatch):
    """Put the stand-ins for TensorRT and CUDA in place; return CUDA's."""
    monkeypatch.setenv('RESIDUAL_FEATURES_CACHE', str(tmp_path / 'cache'))
    return fake_tensorrt.install(monkeypatch, tmp_path / 'cache')


def test_a_gpu_without_room_for_a_second_set_keeps_the_first(cuda):
    both = {'backend': ('tensorrt', 'onnxruntime'), 'max_size': 320}
    running = create_extractor(METHOD, 200, **both)
    certify([create_extractor(METHOD, 200, **both)], running, running.warm_up(), SIZE)
    like, tried = running.warm_up(), create_extractor(METHOD, 200, **both)
    cuda.room = 0
    with pytest.raises(ModelCardError, match='expected weights that tensorrt runs'):
        certify([tried], running, like, SIZE)
    assert running.backend == 'tensorrt'


@pytest.mark.parametrize('precision', ['auto', 'fp32'])
def test_the_reference_takes_int8_where_the_weights_that_are_tried_do(image, precision):
    tried = create_extractor('residual_hessian_small', 300, precision=precision)
    mask = np.full(image.shape[:2], 255, np.uint8)
    found = tried.extract(image, mask)
    assert tried.backend == 'onnxruntime'
    compare(reference(tried, image, found, mask), found, 'onnxruntime')
    assert np.array_equal(reference(tried, image, found, mask).descriptors, found.descriptors)


def test_where_onnx_runtime_is_missing_opencv_is_the_reference(image, monkeypatch):
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    tried = create_extractor(METHOD, 100)
    assert tried.backend == 'opencv'
    certify([tried], tried, tried.warm_up(), SIZE)
    found, mask = tried.extract(image), np.full(image.shape[:2], 255, np.uint8)
    assert np.array_equal(reference(tried, image, found, mask).descriptors, found.descriptors)


def test_folders_that_cannot_serve_are_refused(running, tmp_path):
    for folder, words in ((tmp_path / 'none', 'no such folder'),
                          (tmp_path / ('a' * 300), 'File name too long'),
                          (tmp_path, 'there are no weights for'),
                          (damaged_weights(tmp_path / 'b', METHOD), 'expected sha256'),
                          (other_weights(tmp_path / 'c', METHOD, dim=64),
                           'expected descriptors of 256 values as those that run, on which '
                           'subscribers rely, found 64 values')):
        with pytest.raises(ModelCardError, match=words):
            check_fit(str(folder), running)


def test_features_of_another_kind_are_refused(running, image):
    found = running.extract(image)
    judge(found, found)
    for other, words in (
            (dataclasses.replace(found, descriptors=found.descriptors[:, :64]),
             r'float32\[256\] as those that run, found float32\[64\]'),
            (dataclasses.replace(found, keypoints=np.full_like(found.keypoints, np.nan)),
             'no numbers')):
        with pytest.raises(ModelCardError, match=words):
            judge(other, found)


def test_weights_that_find_nothing_are_refused(running):
    blind = create_extractor('superpoint', 300, score_threshold=0.99)
    seeing = create_extractor('superpoint', 300)
    with pytest.raises(ModelCardError, match=r'weights that run find [1-9]\d*, found none'):
        certify([blind], seeing, seeing.warm_up(), SIZE)
    certify([blind], blind, blind.warm_up(), SIZE)  # nor do those that run


def test_descriptors_other_than_those_of_the_reference_are_refused(running, image):
    found = running.extract(image)
    compare(found, found, 'openvino')
    turned = dataclasses.replace(found, descriptors=np.roll(found.descriptors, 1, axis=1))
    with pytest.raises(ModelCardError, match='with openvino keypoints or descriptors are'):
        compare(turned, found, 'openvino')
