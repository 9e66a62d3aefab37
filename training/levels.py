# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Weights of h scaled so that what its layers put out stays within fp16.

f takes the map L2-normalised, so nothing keeps it short while it is trained: after 19,000 steps at
a rate of 1e-3 its largest value was 73,000, and fp16, in which TensorRT runs h, ends at 65,504.
"""
from __future__ import annotations

import math

import torch
from torch import Tensor, nn

LOUDEST = 4096.0  # largest value that is left as it is: a sixteenth of where fp16 ends


def level(network: nn.Module, images: Tensor) -> bool:
    """Scale the convolutions of a network in place, where some layer puts out more than LOUDEST.

    ReLU and pooling carry a scale through, so the map comes out as before but for one factor.
    Factors are powers of two, which change no digit; what each convolution puts out has a root
    mean square of about 1.

    Args:
        network: convolutions, ReLU and max-pooling one after the other, else nothing is done.
        images: (B, C, H, W), as h takes them.

    Returns:
        whether it was scaled.
    """
    if not (isinstance(network, nn.Sequential)
            and all(isinstance(layer, nn.Conv2d | nn.ReLU | nn.MaxPool2d) for layer in network)):
        return False
    with torch.no_grad():
        if not LOUDEST < loudest(network, images) < math.inf:
            return False
        scale = 1.0
        for layer in network:
            if isinstance(layer, nn.Conv2d):
                if layer.bias is not None:
                    layer.bias.mul_(scale)
                effective = layer(images).square().mean().sqrt().item()
                factor = 2.0 ** -round(math.log2(effective)) if effective else 1.0
                for parameter in layer.parameters():
                    parameter.mul_(factor)
                scale *= factor
            images = layer(images)
    return True


def loudest(network: nn.Sequential, images: Tensor) -> float:
    """Return the largest absolute value that any layer puts out."""
    found = 0.0
    for layer in network:
        images = layer(images)
        found = max(found, images.abs().max().item())
    return found
