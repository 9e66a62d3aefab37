# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import logging

import numpy as np
import pytest

from residual_features_ros import products

A, B = (np.random.default_rng(seed).standard_normal((n, 128), np.float32)
        for seed, n in ((0, 70), (1, 90)))
REFERENCE_BLAS = {'numpy': 0.0023, 'OpenCV': 0.0001, 'einsum': 0.0007}


@pytest.fixture
def anew():
    products.chosen.cache_clear()
    yield
    products.chosen.cache_clear()


@pytest.mark.parametrize('name', products.PRODUCTS)
def test_all_give_the_same_products(name):
    found = products.PRODUCTS[name](A, B)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, A.astype(float) @ B.T.astype(float), atol=1e-4)


@pytest.mark.parametrize('name', products.PRODUCTS)
def test_products_of_signs_are_exact(name):
    a, b = np.sign(A), np.sign(B)
    assert (products.PRODUCTS[name](a, b) == a.astype(int) @ b.T.astype(int)).all()


@pytest.mark.parametrize(('n', 'm', 'dim'), [(0, 3, 4), (3, 0, 4), (2, 2, 0)])
def test_none(n, m, dim):
    a, b = np.zeros((n, dim), np.float32), np.zeros((m, dim), np.float32)
    assert products.row_products(a, b).shape == (n, m)


@pytest.mark.parametrize(('seconds', 'name'), [
    ({'numpy': 1.0, 'OpenCV': 0.9, 'einsum': 6.0}, 'numpy'),
    ({'numpy': 1.0, 'OpenCV': 0.4, 'einsum': 6.0}, 'numpy'),  # a busy machine
    (REFERENCE_BLAS, 'OpenCV'),
    ({'numpy': 2.3, 'OpenCV': 2.0, 'einsum': 0.7}, 'einsum')])
def test_another_is_taken_where_numpy_has_no_optimised_blas(seconds, name):
    assert products.choose(seconds) == name


def test_a_slow_numpy_is_told_once_with_the_remedy(monkeypatch, caplog, anew):
    monkeypatch.setattr(products, 'has_optimised_blas', lambda: False)
    monkeypatch.setattr(products, 'measure', lambda: REFERENCE_BLAS)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            np.testing.assert_allclose(products.row_products(A, B), A @ B.T, atol=1e-4)
    assert [record.getMessage() for record in caplog.records] == [
        "numpy's matrix products are slow here (no optimised BLAS): OpenCV takes its place in "
        'matching and is 23 times as fast. Remedy: sudo apt install libopenblas0-pthread, or '
        'numpy from pip']


def test_every_product_is_measured():
    seconds = products.measure()
    assert seconds.keys() == products.PRODUCTS.keys()
    assert all(0 < value < 10 for value in seconds.values())
