# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import torch

from residual_features_ros.keypoints.hessian import refined as runtime
from training.whole.found import NONE
from training.whole.quadratic import STEPS, refined


def test_offsets_and_values_are_the_runtimes():
    rng = np.random.default_rng(0)
    response = rng.random((3, 120, 120), np.float32) * 1e-4
    rows, columns = np.mgrid[2:118:3, 2:118:3]
    at = np.stack([rng.integers(0, 2, rows.size), rows.ravel(), columns.ravel()], 1)
    for scale, y, x in at:
        response[scale, y, x] += 8e-5
    offsets, values = runtime(response, at.astype(np.int32))
    near = np.stack([response[np.maximum(at[:, 0] + s, 0), at[:, 1] + y, at[:, 2] + x]
                     for s, y, x in STEPS], 1)
    found, value = refined(torch.from_numpy(near)[None], torch.from_numpy(at[None, :, 0] > 0))
    is_good = np.isfinite(values)
    assert 100 < is_good.sum() < len(at)
    np.testing.assert_array_equal(value[0].numpy() > NONE, is_good)
    np.testing.assert_allclose(found[0][is_good], offsets[is_good], atol=2e-5)
    np.testing.assert_allclose(value[0][is_good], values[is_good], rtol=1e-5)
