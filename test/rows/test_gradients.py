# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros.rows import gradients
from residual_features_ros.rows.gradients import BLUR, KERNEL, REACH, STEP, frames
from residual_features_ros.rows.pyramid import LEVELS

SIDE = 14


def ramp(height, width, right=1.0, down=100.0):
    y, x = np.mgrid[:height, :width]
    return (right * x + down * y).astype(np.float32)


def test_the_kernel_is_a_gaussian_of_sum_1():
    whole = np.concatenate([KERNEL[:0:-1], KERNEL])
    assert len(KERNEL) == REACH + 1 and whole.sum() == pytest.approx(1)
    place = np.arange(-REACH, REACH + 1)
    assert np.sqrt((whole * place**2).sum()) == pytest.approx(BLUR, rel=0.03)


def test_a_frame_by_hand():
    keypoints = np.float32([[10, 20, 2, 0], [10, 20, 2, 90], [10, 20, 16, 0]])
    level, at = frames(keypoints)
    assert level.tolist() == [0, 0, 2] and level.dtype == np.int32 and at.dtype == np.float32
    np.testing.assert_allclose(at[0], [10, 20, 2 * STEP, 0], atol=1e-6)
    np.testing.assert_allclose(at[1], [10, 20, 0, 2 * STEP], atol=1e-6)
    # Level 2 has a quarter of the size; the centre of pixel 0 is at 0 there too.
    np.testing.assert_allclose(at[2], [10.5 / 4 - 0.5, 20.5 / 4 - 0.5, 16 * STEP / 4, 0],
                               atol=1e-6)


@pytest.mark.parametrize('diameter', [0, 1e-9, 1, 3, 10, 100, 1e5])
def test_every_size_has_a_level(diameter):
    level, at = frames(np.float32([[5, 5, diameter, 33]]))
    assert 0 <= level[0] < LEVELS and np.isfinite(at).all()


def test_smoothing_keeps_what_is_flat_and_spreads_a_point_as_the_kernel_does():
    samples = np.full((2, SIDE, SIDE), 5, np.float32)
    samples[1] = 0
    samples[1, 7, 7] = 1
    flat, point = gradients.smooth(samples)
    np.testing.assert_allclose(flat, 5, rtol=1e-5)
    np.testing.assert_allclose(point[7, 4:11], KERNEL[0] * np.concatenate(
        [KERNEL[:0:-1], KERNEL]), rtol=1e-5)
    assert point.sum() == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize(('right', 'down', 'direction'), [
    (1, 0, 0), (0, -1, 2), (-1, 0, 4), (0, 1, 6), (1, -1, 1), (-1, 1, 5)])
def test_directions_count_from_the_right_towards_the_top(right, down, direction):
    levels = [ramp(64, 64, 4 * right, 4 * down)]
    length, found = gradients.gradients(levels, np.float32([[30, 30, 2, 0]]), 12, 8)
    assert length.shape == found.shape == (1, 144)
    # Near the edge of the samples the blur, which repeats it, flattens one axis.
    inner = found[0].reshape(12, 12)[3:9, 3:9]
    apart = np.abs(inner - direction)
    assert np.minimum(apart, 8 - apart).max() < 0.05 and found.min() >= 0 and found.max() <= 8
    # Two steps apart.
    np.testing.assert_allclose(length[0].reshape(12, 12)[4:8, 4:8], np.hypot(
        right, down) * 4 * 2 * 2 * STEP, rtol=0.1)


def test_directions_turn_with_the_keypoint():
    levels = [ramp(64, 64, 4, 0)]
    keypoints = np.float32([[30, 30, 2, angle] for angle in (0, 90, 180, 270)])
    _, found = gradients.gradients(levels, keypoints, 12, 8)
    # Where x points down the image, what grows to the right grows to the top.
    np.testing.assert_allclose(np.median(found, 1), [0, 2, 4, 6], atol=0.05)
