# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
import torch
from pictures import textured

from residual_features_ros.config import ConfigError
from training.config import ModelConfig
from training.methods.residual.model import ResidualNetwork
from training.methods.residual.windows import (
    LEVELS,
    SAMPLES,
    Window,
    cut_windows,
    pyramid,
    window_grid,
)


def as_input(image):
    """(H, W) or (H, W, 3) -> (1, 3, H, W) float."""
    colour = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image
    return torch.from_numpy(colour).permute(2, 0, 1)[None].float() / 64 - 2


def ramp(height=48, width=64):
    """Return an image (1, 3, H, W) whose value at (x, y) is x + 1000 y."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing='ij')
    return (x + 1000.0 * y).expand(1, 3, -1, -1)


def read(levels, keypoints, window, height=48, width=64):
    grid = window_grid(keypoints, window, height, width)
    return torch.nn.functional.grid_sample(levels, grid, align_corners=False,
                                           padding_mode='border')[0, 0]


@pytest.mark.parametrize('level', range(LEVELS))
def test_every_level_is_read_at_its_place(level):
    # Samples 2**level px apart: a ramp is the same at every level, except near the border, where
    # the samples stop and the blurred levels have no neighbours on one side.
    keypoints = torch.tensor([[[128.0, 120.0, 2.0**level, 0.0]]])
    levels = pyramid(ramp(256, 264))
    rows = read(levels, keypoints, Window(SAMPLES), 256, 264)[0].view(SAMPLES, SAMPLES)
    step = (torch.arange(SAMPLES) - (SAMPLES - 1) / 2) * 2**level
    x, y = 128 + step, 120 + step
    edge = 2**min(level, 3) / 2 - 0.5 + 8 * {4: 2, 5: 6}.get(level, 0)
    inner = ((y >= edge) & (y <= 255 - edge))[:, None] & ((x >= edge) & (x <= 263 - edge))[None, :]
    assert inner.any()
    expected = x[None, :] + 1000 * y[:, None]
    torch.testing.assert_close(rows[inner], expected[inner], rtol=1e-4, atol=0.05)


def test_a_window_grows_with_the_keypoint_and_turns_unless_told_not_to():
    levels = pyramid(ramp())
    turned = torch.tensor([[[30.0, 22.0, 1.0, 90.0]]])
    rows = read(levels, turned, Window(SAMPLES))[0].view(SAMPLES, SAMPLES)
    # x of the window points down the image, y of the window to its left.
    assert rows[0, 1] - rows[0, 0] == pytest.approx(1000, abs=0.1)
    assert rows[1, 0] - rows[0, 0] == pytest.approx(-1, abs=0.1)
    upright = read(levels, turned, Window(SAMPLES, turned=False))[0]
    assert upright[1] - upright[0] == pytest.approx(1, abs=0.1)
    large = read(levels, torch.tensor([[[30.0, 22.0, 2.0, 0.0]]]), Window(SAMPLES))[0]
    assert large[1] - large[0] == pytest.approx(2, abs=0.1)


def test_windows_are_the_same_in_a_turned_picture_and_in_a_brighter_one():
    image = textured(160, 160)
    keypoints = torch.tensor([[[70.0, 90.0, 2.0, 30.0], [80.0, 60.0, 1.0, 200.0]]])
    moved = torch.stack([159 - keypoints[..., 1], keypoints[..., 0], keypoints[..., 2],
                         keypoints[..., 3] + 90], 2)
    windows = (Window(10),)
    first = cut_windows(pyramid(as_input(image)), keypoints, windows)
    turned = cut_windows(pyramid(as_input(cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE))), moved,
                         windows)
    torch.testing.assert_close(turned, first, atol=1e-3, rtol=1e-3)
    brighter = cut_windows(pyramid(as_input(image) * 2 + 1), keypoints, (Window(60),))
    plain = cut_windows(pyramid(as_input(image)), keypoints, (Window(60),))
    torch.testing.assert_close(brighter, plain, atol=0.05, rtol=0.05)
    assert first.shape == (2, 1, SAMPLES, SAMPLES)


def test_keypoints_at_the_border_and_without_size_give_finite_windows():
    keypoints = torch.tensor([[[0.0, 0, 0, 0], [-50, 500, 900, 10], [63, 47, 1e-9, 400]]])
    windows = cut_windows(pyramid(as_input(np.zeros((48, 64), np.uint8))), keypoints,
                          (Window(10), Window(60, turned=False)))
    assert windows.shape == (3, 2, SAMPLES, SAMPLES) and torch.isfinite(windows).all()


def test_another_width_of_h_is_refused():
    with pytest.raises(ConfigError, match='dense_dim=128, got 64'):
        ResidualNetwork(ModelConfig(fusion='windows', dense_dim=64))
