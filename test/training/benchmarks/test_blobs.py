# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from training.benchmarks.blobs import SIGMA_PX, bias, blob_grid


def test_blobs_have_their_centres_between_pixels():
    picture, centres = blob_grid((200, 130))
    assert picture.shape == (130, 200) and picture.dtype == np.uint8
    assert len(centres) == 3 * 2
    y, x = np.mgrid[:130, :200]
    for centre in centres:
        is_near = np.hypot(x - centre[0], y - centre[1]) < 4 * SIGMA_PX
        weights = (picture.astype(float) - 30) * is_near
        middle = [(weights * axis).sum() / weights.sum() for axis in (x, y)]
        assert middle == pytest.approx(centre, abs=0.02)


def test_the_bias_is_the_larger_one_of_both_axes():
    _, centres = blob_grid((640, 480))
    rng = np.random.default_rng(0)
    noise = rng.uniform(-0.01, 0.01, centres.shape)
    assert bias(centres + [0.05, -0.25] + noise, centres) == pytest.approx(0.25, abs=0.01)
    swayed = centres + np.where(np.arange(len(centres)) % 2, 0.5, -0.5)[:, None]
    assert bias(swayed, centres) < 0.02  # no bias, however wide


def test_keypoints_elsewhere_do_not_count():
    _, centres = blob_grid((640, 480))
    assert bias(np.concatenate([centres, centres + 20]), centres) == 0
    assert bias(centres + 20, centres) is None and bias(np.zeros((0, 2)), centres) is None
    assert bias(centres[:len(centres) // 3], centres) is None


def test_an_image_without_room_is_refused():
    with pytest.raises(ValueError, match='--size 640x60: at least 64x64'):
        blob_grid((640, 60))
