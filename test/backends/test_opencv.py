# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import logging

import cv2
import numpy as np
import pytest
from support.expected_outputs import NETWORKS, made_inputs
from support.needs import need_backend

from residual_features_ros import create_extractor, products
from residual_features_ros.backends import load_backend, opencv
from residual_features_ros.backends.chain import Chain
from residual_features_ros.backends.onnx_file import Node, read_graph, write_graph
from residual_features_ros.errors import BackendError
from residual_features_ros.fusion import Fusion
from residual_features_ros.model_card import SHIPPED_WEIGHTS, load_card
from residual_features_ros.timings import Timings

OF_ROWS = ['residual_hessian_small.f.onnx', 'residual_hessian_small.p.onnx', 'lfnet.f.onnx',
           'residual_hessian_small_binary.b.onnx', 'residual_rootsift.f.onnx']
MOST = 1e-4  # of the largest value of an output; Winograd's convolution makes 1e-5 at most
SIZES = ({'n': 37, 'm': 41, 's': 9, 'batch': 2, 'height': 64, 'width': 96},
         {'n': 1, 'm': 3, 's': 1, 'batch': 1, 'height': 96, 'width': 32})


@pytest.mark.parametrize(('name', 'product'), [
    *((name, 'numpy') for name in NETWORKS), *((name, 'OpenCV') for name in OF_ROWS)])
def test_every_shipped_network_gives_what_onnx_runtime_gives(name, product, monkeypatch):
    runtime = pytest.importorskip('onnxruntime')
    monkeypatch.setattr(products, 'chosen', lambda: product)  # OpenCV: as where numpy is slow
    path, rng = SHIPPED_WEIGHTS / name, np.random.default_rng(0)
    reference = runtime.InferenceSession(str(path))
    session = opencv.open_session(path, 0)
    assert set(session.inputs) == {one.name for one in reference.get_inputs()}
    for sizes in (*SIZES, SIZES[0]):  # and back to a size that was there before
        inputs = made_inputs({one.name: [sizes.get(size, size) for size in one.shape]
                              for one in reference.get_inputs()}, rng)
        found = session.run(inputs)
        expected = dict(zip([one.name for one in reference.get_outputs()],
                            reference.run(None, inputs), strict=True))
        assert set(found) == set(expected) == set(session.outputs)
        for key, right in expected.items():
            assert (found[key].shape, found[key].dtype) == (right.shape, right.dtype)
            assert np.abs(found[key] - right).max() < MOST * max(1, np.abs(right).max())


def test_what_was_given_out_stays_as_it_is():
    session = opencv.open_session(load_card('residual_hessian_small').path('h'), 0)
    images = np.random.default_rng(0).random((2, 1, 3, 64, 96), np.float32)
    first = session.run({'image': images[0]})['dense']
    before = first.copy()
    session.run({'image': images[1]})
    np.testing.assert_array_equal(first, before)
    np.testing.assert_array_equal(session.run({'image': images[0]})['dense'], before)


def test_the_whole_method_matches_onnx_runtimes(image):
    need_backend('onnxruntime')
    here = create_extractor('residual_hessian_small', 500, 'opencv').extract(image)
    there = create_extractor('residual_hessian_small', 500, 'onnxruntime',
                             precision='fp32').extract(image)
    np.testing.assert_allclose(here.keypoints, there.keypoints, atol=1e-3)
    np.testing.assert_allclose(here.descriptors, there.descriptors, atol=1e-3)


@pytest.mark.parametrize('precision', ['int8', 'bf16', 'fp16'])
def test_another_precision_is_refused(precision):
    with pytest.raises(BackendError, match=f'no {precision} here.*precision auto or fp32'):
        opencv.open_session(load_card('residual_hessian_small').path('h'), 0, precision)


def test_auto_takes_fp32_where_there_is_int8():
    extractor = create_extractor('residual_hessian_small', 100, 'opencv')
    assert {'f_int8', 'h_int8'} <= set(extractor.card.files)
    assert extractor.backend_description == f'opencv {cv2.__version__}, CPU, fp32'


def test_the_default_goes_on_with_opencv_and_says_so(monkeypatch, caplog, image):
    monkeypatch.setitem(__import__('sys').modules, 'onnxruntime', None)
    extractor = create_extractor('residual_hessian_small', 100)
    assert extractor.backend == 'opencv' and len(extractor.extract(image)) == 100
    assert 'backend opencv runs instead of onnxruntime: ' in caplog.text
    assert 'pip install onnxruntime' in caplog.text


@pytest.mark.parametrize(('name', 'operator'), [
    ('h_int8', 'DequantizeLinear, QuantizeLinear'), ('f_int8', 'DynamicQuantizeLinear')])
def test_int8_files_are_refused_by_their_operators(name, operator):
    path = load_card('residual_hessian_small').path(name)
    with pytest.raises(BackendError, match=f'{path.name}: the operators {operator}.*not known'):
        opencv.open_session(path, 0)


def test_a_graph_that_cannot_be_read_lets_the_next_backend_go_on(caplog):
    need_backend('onnxruntime')
    card, chain = load_card('residual_hessian_small'), Chain(['opencv', 'onnxruntime'])
    files = {**card.files, 'f': card.files['f_int8']}
    fusion = Fusion(dataclasses.replace(card, files=files), chain, 0, 'fp32', Timings())
    assert fusion.description.startswith('onnxruntime')
    assert 'backend onnxruntime runs instead of opencv: OpenCV cannot load' in caplog.text


def test_what_a_graph_cannot_be_is_said(tmp_path, monkeypatch):
    path = tmp_path / 'made.onnx'
    weights = {'w': np.eye(3, dtype=np.float32), 'b': np.zeros(3, np.float32)}

    def made(*nodes):
        path.write_bytes(write_graph(nodes, weights, 'x', (2, 3), 'y'))
        return opencv.open_session(path, 0)

    gemm = Node('Gemm', ('x', 'w', 'b'), ('y',), {})
    rows = np.float32([[1, 2, 3]])
    np.testing.assert_array_equal(made(gemm).run({'x': rows})['y'], rows)
    with pytest.raises(BackendError, match='Gemm is known here as'):
        made(dataclasses.replace(gemm, attributes={'alpha': 0.5}))
    with pytest.raises(BackendError, match='Gemm is known here as'):
        made(dataclasses.replace(gemm, inputs=('w', 'x', 'b')))
    with pytest.raises(BackendError, match=r'operators Erf, far\.Away are not known'):
        made(Node('Erf', ('x',), ('z',), {}), Node('far.Away', ('z',), ('y',), {}))
    with pytest.raises(BackendError, match=r'OpenCV: .*matmul|OpenCV: .*x'):
        made(gemm).run({'x': rows[:, :2]})
    monkeypatch.setattr(opencv, 'OPSETS', range(14, 19))
    with pytest.raises(BackendError, match='operators of version 14 to 18, found 13'):
        made(gemm)


def test_sums_that_are_used_twice_stay(tmp_path):
    path = tmp_path / 'made.onnx'
    nodes = [Node('MatMul', ('x', 'w'), ('p',), {}), Node('Add', ('b', 'p'), ('s',), {}),
             Node('Mul', ('s', 'p'), ('y',), {})]
    weights = {'w': np.float32([[1, 2], [3, 4], [5, 6]]), 'b': np.float32([1, -1])}
    path.write_bytes(write_graph(nodes, weights, 'x', (1, 3), 'y'))
    x = np.float32([[1, 0, 2], [0, 1, 1]])
    product = x @ weights['w']
    np.testing.assert_array_equal(opencv.open_session(path, 0).run({'x': x})['y'],
                                  (product + weights['b']) * product)


def test_h_is_one_net_and_layers_between_which_others_read_are_apart():
    def chains(name):
        graph = read_graph(SHIPPED_WEIGHTS / name)
        nodes, constants = opencv.folded(graph)
        return [[node.operator for node in chain]
                for chain in opencv.chains(nodes, constants, graph.outputs)]
    assert [len(chain) for chain in chains('residual_hessian_small.h.onnx')] == [15]
    first, *others = chains('superpoint.h.onnx')
    assert first.count('MaxPool') == 3 and first[-1] == 'Relu'  # read by scores and descriptors
    assert sum('Conv' in chain for chain in others) == 2


def test_threads_lower_those_of_opencv_and_never_raise_them(caplog):
    caplog.set_level(logging.INFO)
    path = load_card('residual_hessian_small').path('p')
    cv2.setNumThreads(2)
    for asked, expected in ((0, 2), (4, 2), (1, 1)):
        opencv.open_session(path, asked)
        assert cv2.getNumThreads() == expected
    assert caplog.text.count('OpenCV has 1 threads from now on') == 1


def test_it_is_there_without_any_package():
    assert load_backend('opencv').describe() == f'opencv {cv2.__version__}, CPU, fp32'
