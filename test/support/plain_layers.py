# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Layers of networks written out, for networks built a second time from a paper's text.

Nothing of training is called here. Weights come from a state_dict as `layers_of` gives them.
Images are (B, C, H, W), rows (B, N, D).
"""
import math

import torch
from torch.nn import functional


def randomise(module):
    """Give a module random weights, biases, factors and statistics, and put it into eval mode.

    It seeds torch, so that what a test draws afterwards is the same every time too.
    """
    torch.manual_seed(0)
    for name, value in module.state_dict().items():
        noise = torch.randn(value.shape)
        if value.ndim > 1:  # keeps the variance from layer to layer
            value.copy_(noise * math.sqrt(2 / value[0].numel()))
        elif name.endswith('running_var'):
            value.copy_(0.5 + torch.rand(value.shape))
        elif value.is_floating_point():
            value.copy_(0.3 * noise + (0.0 if name.endswith(('bias', 'running_mean')) else 1.0))
    return module.eval()


def layers_of(module):
    """Return the tensors of each layer in their order: {'encoder.0': {'weight': ...}, ...}."""
    found = {}
    for name, value in module.state_dict().items():
        layer, _, tensor = name.rpartition('.')
        found.setdefault(layer, {})[tensor] = value
    return found


def paired(module):
    """Return the convolutions of a sequence, each with the BatchNorm behind it or None."""
    found = []
    for layer in layers_of(module).values():
        if 'running_mean' in layer:
            found[-1] = (found[-1][0], layer)
        else:
            found.append((layer, None))
    return found


def unit(rows, axis=-1):
    return rows / rows.square().sum(axis, keepdim=True).sqrt()


def convolve(x, layer, stride=1):
    side = layer['weight'].shape[2]
    return functional.conv2d(x, layer['weight'], layer.get('bias'), stride, side // 2)


def linear(rows, layer):
    return rows @ layer['weight'].T + layer.get('bias', 0)


def batch_norm(x, layer):
    shape = (1, -1, *[1] * (x.ndim - 2))
    mean, variance, factor, bias = (layer[name].view(shape) for name in (
        'running_mean', 'running_var', 'weight', 'bias'))
    return (x - mean) / (variance + 1e-5).sqrt() * factor + bias


def instance_norm(x, least_variance=1e-5):
    mean = x.mean((2, 3), keepdim=True)
    return (x - mean) / ((x - mean).square().mean((2, 3), keepdim=True) + least_variance).sqrt()


def leaky(x, slope):
    return torch.where(x > 0, x, slope * x)


def relu(x):
    return leaky(x, 0.0)


def read_lines(x, axis, places):
    """Read a map at places of one axis, linearly between its lines; the outermost go on."""
    places = places.clamp(0, x.shape[axis] - 1)
    low = places.floor().long()
    high = (low + 1).clamp(max=x.shape[axis] - 1)
    share = (places - low).view(-1, *[1] * (x.ndim - 1 - axis))
    return x.index_select(axis, low) * (1 - share) + x.index_select(axis, high) * share


def resize(x, size, step):
    """Resize to (height, width): the centre of pixel i lies at (i + 0.5) * step - 0.5."""
    for axis, (length, by) in enumerate(zip(size, step, strict=True), 2):
        x = read_lines(x, axis, (torch.arange(length) + 0.5) * by - 0.5)
    return x


def to_size(x, size):
    return resize(x, size, [old / new for old, new in zip(x.shape[2:], size, strict=True)])


def at_points(dense, points, stride):
    """Read a map (1, C, H, W) at pixels (1, N, 2) -> (1, N, C), bilinearly."""
    rows = [read_lines(read_lines(dense[0], 1, y[None]), 2, x[None])[:, 0, 0]
            for x, y in (points[0] + 0.5) / stride - 0.5]
    return torch.stack(rows)[None]


def cells_to_pixels(cells):
    """(B, 64, h, w) -> (B, 8 h, 8 w): channel 8 row + column of a cell."""
    batch, _, height, width = cells.shape
    return cells.view(batch, 8, 8, height, width).permute(0, 3, 1, 4, 2) \
        .reshape(batch, 8 * height, 8 * width)


def softmax(x, axis):
    weights = (x - x.amax(axis, keepdim=True)).exp()
    return weights / weights.sum(axis, keepdim=True)
