# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from residual_features_ros import Features
from residual_features_ros.types import float_rows


def test_take_selects_rows_of_every_array():
    n = 4
    features = Features(
        np.arange(2 * n, dtype=np.float32).reshape(n, 2), *(np.arange(n) for _ in range(4)),
        np.eye(n, dtype=np.float32), (320, 240))
    taken = features.take(np.array([2, 0]))
    assert len(taken) == 2 and taken.image_size == (320, 240)
    assert taken.keypoints.tolist() == [[4, 5], [0, 1]]
    assert taken.octaves.tolist() == [2, 0]
    assert taken.descriptors.argmax(1).tolist() == [2, 0]


def test_bits_become_unit_rows_whose_products_are_hamming_distances():
    bits = np.random.default_rng(0).integers(0, 256, (5, 32), np.uint8)
    rows = float_rows(bits)
    assert rows.shape == (5, 256) and rows.dtype == np.float32
    hamming = np.unpackbits(bits[:, None] ^ bits[None], axis=2).sum(2)
    np.testing.assert_allclose(rows @ rows.T, 1 - hamming / 128, atol=1e-6)
    assert float_rows(rows) is rows
    assert float_rows(np.zeros((0, 32), np.uint8)).shape == (0, 256)
