# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import sys

import numpy as np
import pytest

from residual_features_ros import integer_products as whole
from residual_features_ros import loops, products
from residual_features_ros.compiling import numba

A, B = (np.random.default_rng(seed).integers(-127, 128, (n, 256)).astype(np.int8)
        for seed, n in ((0, 70), (1, 91)))
EXACT = A.astype(int) @ B.T.astype(int)
EXTREME = np.full((3, whole.LONGEST), 127, np.int8)


@pytest.fixture
def anew():
    whole.onnxruntime_session.cache_clear()
    yield
    whole.onnxruntime_session.cache_clear()


def by_loops(a, b):
    found = np.empty((len(a), len(b)), np.int32)
    loops.integer_products(a, b, found)
    return found


def test_whoever_multiplies_is_exact(monkeypatch):
    assert (whole.integer_products(A, B) == EXACT).all()
    monkeypatch.setattr(whole, 'onnxruntime_session', lambda: None)
    assert (whole.integer_products(A, B) == EXACT).all()
    monkeypatch.setattr(products, 'chosen', lambda: 'einsum')
    assert (whole.integer_products(A, B) == EXACT).all()
    monkeypatch.setattr(whole, 'has_compiler', lambda: False)
    assert (whole.integer_products(A, B) == EXACT).all()


def test_rows_of_the_greatest_length_are_exact(monkeypatch):
    assert (whole.integer_products(EXTREME, -EXTREME) == -127 ** 2 * whole.LONGEST).all()
    monkeypatch.setattr(whole, 'onnxruntime_session', lambda: None)
    assert (whole.integer_products(EXTREME, EXTREME) == 127 ** 2 * whole.LONGEST).all()


@pytest.mark.skipif(numba is None, reason='numba is not installed')
def test_the_loop_gives_what_its_twin_gives():
    assert (by_loops(A, B) == EXACT).all()
    assert (products.row_products(A.astype(np.float32), B.astype(np.float32)) == EXACT).all()


def test_rows_of_an_image_have_one_scale_and_their_largest_number_is_127():
    rows = whole.quantised(np.array([[-1, 0.1], [0, 0.004]], np.float32))
    assert rows.dtype == np.int8 and rows.tolist() == [[-127, 13], [0, 1]]


@pytest.mark.parametrize('rows', [
    np.zeros((2, 4), np.float32), np.full((2, 4), np.nan, np.float32),
    np.full((2, 4), np.inf, np.float32), np.zeros((0, 4), np.float32),
    np.ones((2, whole.LONGEST + 1), np.float32)],
    ids=['zero', 'nan', 'infinite', 'none', 'long'])
def test_what_has_no_whole_numbers(rows):
    assert whole.quantised(rows) is None


def test_onnxruntime_multiplies_here(anew):
    pytest.importorskip('onnxruntime')
    session = whole.onnxruntime_session()
    if session is None:
        pytest.skip('products of int8 saturate in ONNX Runtime on this processor')
    found = whole.by_onnxruntime(session, A, B)
    assert found.dtype == np.int32 and (found == EXACT).all()


def test_products_that_saturate_are_not_taken(monkeypatch, anew):
    pytest.importorskip('onnxruntime')
    monkeypatch.setattr(whole, 'by_onnxruntime', lambda session, a, b: np.clip(
        a.astype(int) @ b.T.astype(int), -32768, 32767))
    assert whole.onnxruntime_session() is None


def test_without_onnxruntime_another_multiplies(monkeypatch, anew):
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    assert whole.onnxruntime_session() is None
    assert (whole.integer_products(A, B) == EXACT).all()


def test_the_network_is_what_it_is_said_to_be():
    onnx = pytest.importorskip('onnx')
    helper, kinds = onnx.helper, onnx.TensorProto
    graph = helper.make_graph(
        [helper.make_node('MatMulInteger', ['a', 'b', 'z'], ['s'])], 'p',
        [helper.make_tensor_value_info('a', kinds.UINT8, ['n', 'd']),
         helper.make_tensor_value_info('b', kinds.INT8, ['d', 'm'])],
        [helper.make_tensor_value_info('s', kinds.INT32, ['n', 'm'])],
        [helper.make_tensor('z', kinds.UINT8, [], bytes([whole.OFFSET]), raw=True)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 10)], ir_version=8)
    assert onnx.load_from_string(whole.NETWORK) == model
