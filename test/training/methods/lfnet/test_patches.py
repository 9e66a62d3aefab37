# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch

from residual_features_ros.rows.windows import cut_windows
from training.methods.lfnet.config import ModelConfig
from training.methods.lfnet.model import PATCH
from training.methods.lfnet.patches import SIZE, cut, windows_of


@pytest.mark.parametrize(('scale', 'angle'), [(1.0, 0.0), (1.0, 90.0), (1.3, 30.0), (0.8, 200.0)])
def test_patches_are_the_runtime_s_windows(rng, scale, angle):
    image = rng.integers(0, 256, (64, 80), dtype=np.uint8)
    points = np.array([[40.0, 32.0], [20.25, 30.5]], np.float32)
    keypoints = np.c_[points, np.full(2, SIZE * scale), np.full(2, angle)].astype(np.float32)
    expected = cut_windows(image, keypoints, windows_of(ModelConfig()), PATCH)
    turn = np.radians(angle)
    direction = torch.tensor([[[np.cos(turn), np.sin(turn)]] * 2], dtype=torch.float32)
    found = cut(torch.from_numpy(image)[None].float(), torch.from_numpy(points)[None],
                torch.full((1, 2), scale), direction)
    # cv2.remap rounds places to 1/32 of a pixel.
    assert np.abs(found[0].numpy() - expected).mean() < 0.02


def test_patches_have_gradients_to_place_scale_and_orientation():
    x = torch.arange(48.0).expand(1, 48, 48).double()
    grey = 10 * torch.sin(x / 5) + 0.05 * x.transpose(1, 2)**2
    points = torch.tensor([[[23.3, 22.6]]], dtype=torch.double, requires_grad=True)
    scale = torch.tensor([[0.9]], dtype=torch.double, requires_grad=True)
    direction = torch.tensor([[[0.8, 0.6]]], dtype=torch.double, requires_grad=True)
    weights = torch.linspace(-1, 1, PATCH**2, dtype=torch.double).view(1, 1, 1, PATCH, PATCH)

    def value(*arguments):
        return (cut(grey, *arguments) * weights).sum()
    gradients = torch.autograd.grad(value(points, scale, direction), (points, scale, direction))
    for number, gradient in enumerate(gradients):
        for place in range(gradient.numel()):
            moved = []
            for sign in (1, -1):
                arguments = [tensor.detach().clone() for tensor in (points, scale, direction)]
                arguments[number].view(-1)[place] += sign * 1e-5
                moved.append(value(*arguments))
            slope = (moved[0] - moved[1]) / 2e-5
            assert float(gradient.view(-1)[place]) == pytest.approx(float(slope), rel=0.05)
