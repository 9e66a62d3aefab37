# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros.image import to_grey
from residual_features_ros.rows import pyramid as pyramids
from residual_features_ros.rows import squares, windows
from residual_features_ros.rows.pyramid import LEVELS, pyramid
from residual_features_ros.rows.windows import Window, cut_windows

SAMPLES = 12


def ramp(height, width):
    """Return a map whose value at (x, y) is x + 1000 y."""
    y, x = np.mgrid[:height, :width]
    return (x + 1000.0 * y).astype(np.float32)


def read(levels, keypoint, window):
    """Return the samples of one window, less their mean, and where they are read."""
    level, at = windows.frames(np.float32([keypoint]), [window], SAMPLES)
    x, y, along, across = at[0]
    u, v = np.meshgrid(*[np.arange(SAMPLES, dtype=np.float32) - (SAMPLES - 1) / 2] * 2)
    return cv2.remap(levels[level[0]], x + along * u - across * v, y + across * u + along * v,
                     cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize('level', range(LEVELS))
def test_every_level_is_read_at_its_place(level, monkeypatch):
    # Samples 2**level px apart: a ramp is the same at every level, except near the border, where
    # the samples stop and the blurred levels have no neighbours on one side.
    monkeypatch.setattr(pyramids, 'pad_to_multiple', lambda grey, _: grey)  # takes uint8 alone
    levels = pyramid(ramp(256, 264))
    rows = read(levels, [128, 120, 2.0**level, 0], Window(SAMPLES))
    step = (np.arange(SAMPLES) - (SAMPLES - 1) / 2) * 2**level
    x, y = 128 + step, 120 + step
    edge = 2**min(level, 3) / 2 - 0.5 + 8 * {4: 2, 5: 6}.get(level, 0)
    inner = ((y >= edge) & (y <= 255 - edge))[:, None] & ((x >= edge) & (x <= 263 - edge))[None, :]
    assert inner.any()
    expected = x[None, :] + 1000 * y[:, None]
    # OpenCV interpolates at multiples of 1/32 pixel.
    np.testing.assert_allclose(rows[inner], expected[inner], atol=1000 * 2**min(level, 3) / 32)


def test_a_window_grows_with_the_keypoint_and_turns_unless_told_not_to():
    levels = [ramp(48, 64)]
    rows = read(levels, [30, 22, 1, 90], Window(SAMPLES))
    # x of the window points down the image, y of the window to its left.
    assert rows[0, 1] - rows[0, 0] == pytest.approx(1000, abs=0.1)
    assert rows[1, 0] - rows[0, 0] == pytest.approx(-1, abs=0.1)
    upright = read(levels, [30, 22, 1, 90], Window(SAMPLES, turned=False))
    assert upright[0, 1] - upright[0, 0] == pytest.approx(1, abs=0.1)
    large = windows.frames(np.float32([[30, 22, 1.4, 0]]), [Window(SAMPLES)], SAMPLES)[1]
    assert large[0, 2] == pytest.approx(1.4, abs=1e-5)


def test_windows_are_what_their_frames_say_brought_to_mean_0_and_deviation_1():
    grey, rng = to_grey(textured(160, 120)), np.random.default_rng(0)
    keypoints = (rng.random((30, 4)) * [160, 120, 20, 360]).astype(np.float32)
    kinds, levels = [Window(6), Window(30, turned=False)], pyramid(grey)
    found = cut_windows(grey, keypoints, kinds, SAMPLES)
    for keypoint, rows in zip(keypoints, found, strict=True):
        for window, row in zip(kinds, rows, strict=True):
            values = read(levels, keypoint, window)
            flat = (values - values.mean()) / np.sqrt(values.var() + windows.LEAST_VARIANCE)
            np.testing.assert_allclose(row, flat, atol=0.02)  # 1/32 pixel of interpolation


def test_windows_are_the_same_in_a_turned_picture_and_in_a_brighter_one():
    image = to_grey(textured(160, 160))
    keypoints = np.float32([[70, 90, 2, 30], [80, 60, 1, 200]])
    moved = np.stack([159 - keypoints[:, 1], keypoints[:, 0], keypoints[:, 2],
                      keypoints[:, 3] + 90], 1)
    first = cut_windows(image, keypoints, [Window(10)], SAMPLES)
    turned = cut_windows(cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE), moved, [Window(10)], SAMPLES)
    assert first.shape == (2, 1, SAMPLES, SAMPLES) and first.dtype == np.float32
    np.testing.assert_allclose(turned, first, atol=0.05)  # 1/32 pixel of interpolation
    np.testing.assert_allclose(first.mean((2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(first.std((2, 3)), 1, atol=0.05)
    plain, brighter = (cut_windows(grey, keypoints, [Window(60)], SAMPLES)
                       for grey in (image // 2, image // 2 + 60))
    np.testing.assert_allclose(brighter, plain, atol=1e-3)


def test_keypoints_at_the_border_and_without_size_give_finite_windows():
    keypoints = np.float32([[0, 0, 0, 0], [-50, 500, 900, 10], [63, 47, 1e-9, 400]])
    for grey in (np.zeros((48, 64), np.uint8), to_grey(textured(37, 53))):
        found = cut_windows(grey, keypoints, [Window(10), Window(60, turned=False)], SAMPLES)
        assert found.shape == (3, 2, SAMPLES, SAMPLES) and np.isfinite(found).all()


def test_more_windows_than_opencv_takes_at_once_are_the_same(monkeypatch):
    grey, rng = to_grey(textured(160, 120)), np.random.default_rng(0)
    keypoints = (rng.random((40, 4)) * [160, 120, 10, 360]).astype(np.float32)
    whole = cut_windows(grey, keypoints, [Window(10), Window(30)], SAMPLES)
    monkeypatch.setattr(squares, 'MOST_ROWS', 7)
    np.testing.assert_allclose(cut_windows(grey, keypoints, [Window(10), Window(30)], SAMPLES),
                               whole, atol=1e-4)


def test_nothing_to_cut_gives_no_windows():
    grey = np.zeros((48, 64), np.uint8)
    assert cut_windows(grey, np.zeros((0, 4), np.float32), [Window(9)], 5).shape == (0, 1, 5, 5)
    assert cut_windows(grey, np.zeros((3, 4), np.float32), [], 5).shape == (3, 0, 5, 5)
