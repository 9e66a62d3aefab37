# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Dot products of all rows with all rows, by whoever multiplies fast here.

The numpy of Debian and Ubuntu stands on the reference BLAS unless an optimised one is installed
beside it: the products of 1000 x 1000 descriptors of 128 numbers take 80 to 140 ms with it, 3 to
10 ms with OpenBLAS. OpenCV may have a BLAS of its own, and einsum at least uses the processor's
vectors (27 to 77 ms).
"""
from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

log = logging.getLogger(__name__)
REMEDY = 'sudo apt install libopenblas0-pthread, or numpy from pip'
SIZE, ROUNDS = 128, 5  # 2 ms in all with an optimised BLAS, 10 without
SLOW = 0.6  # of numpy's time to einsum's: 0.16 with OpenBLAS and 2.3 with the reference BLAS


def _by_opencv(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    nothing: Any = None
    return np.asarray(cv2.gemm(a, b, 1.0, nothing, 0.0, flags=cv2.GEMM_2_T))


Product = Callable[[np.ndarray, np.ndarray], np.ndarray]
PRODUCTS: dict[str, Product] = {
    'numpy': lambda a, b: a @ b.T,
    'OpenCV': _by_opencv,
    'einsum': lambda a, b: np.einsum('id,jd->ij', a, b),
}


def row_products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the dot products (N, M) of rows (N, D) and (M, D), both float32."""
    if 0 in (*a.shape, *b.shape):
        return a @ b.T
    return PRODUCTS[chosen()](a, b)


@functools.cache
def chosen() -> str:
    """Return the name of the product that is taken; say so where numpy is slow.

    Products differ in the last bit, so a busy machine must not decide: where numpy has an
    optimised BLAS it is numpy, and else what is fastest by far when measured once.
    """
    if has_optimised_blas():
        return 'numpy'
    seconds = measure()
    name = choose(seconds)
    if name != 'numpy':
        log.warning('%s', slow_words(seconds, name))
    return name


def has_optimised_blas() -> bool:
    """Return whether an optimised BLAS other than OpenCV's own is loaded, as far as is known."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return False
    return any(library['user_api'] == 'blas' and 'opencv' not in library['filepath']
               for library in threadpool_info())


def choose(seconds: dict[str, float]) -> str:
    """Return the name of the product to take for the seconds that each needs."""
    if seconds['numpy'] < SLOW * seconds['einsum']:
        return 'numpy'
    return min(seconds, key=lambda name: seconds[name])


def slow_words(seconds: dict[str, float], name: str) -> str:
    """Return what to say where numpy is slow: how much, what is taken instead, the remedy."""
    times = seconds['numpy'] / seconds[name]
    words = f"numpy's matrix products are slow here (no optimised BLAS): {name} takes its place " \
            f'in matching and is {times:.0f} times as fast'
    return f'{words}. Remedy: {REMEDY}'


def measure() -> dict[str, float]:
    """Return the least seconds that each product of SIZE rows needed, in turn."""
    rows = np.random.default_rng(0).standard_normal((SIZE, SIZE), np.float32)
    seconds = dict.fromkeys(PRODUCTS, np.inf)
    for _ in range(ROUNDS):
        for name, product in PRODUCTS.items():
            began_s = time.perf_counter()
            product(rows, rows)
            seconds[name] = min(seconds[name], time.perf_counter() - began_s)
    return seconds
