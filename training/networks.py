# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""h and f of a method in torch, with the metadata that their card states, and how to feed them."""
from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from residual_features_ros.detection import DetectorCard
from residual_features_ros.rows.windows import Window

GREY = (0.299, 0.587, 0.114)  # of red, green, blue: cv2.COLOR_BGR2GRAY


@dataclass(frozen=True)
class InputFormat:
    """What h takes: ModelCard's fields of these names; network.prepare takes it as a card."""

    stride: int
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    channels: int = 1
    per_image: bool = False


class Fusion(nn.Module):
    """Base of f.

    inputs: names of what forward() takes, in its order, of sampled, handcrafted and windows; the
        shapes are ModelCard's with a leading B.
    dim: length of a row of what it returns.
    """

    inputs: tuple[str, ...]
    dim: int


@dataclass(frozen=True)
class Networks:
    """h, f, p and b as they are exported; ModelCard has the shapes and says what they may take.

    h: image (B, channels, H, W) -> the map 'dense', or a tuple of the maps that `detector` names;
        None where f reads no map.
    f: rows with a leading B by the names in f.inputs -> (B, N, f.dim), unit rows.
    p: windows (N, 1, S, S) -> offsets (N, 2); None where keypoints stay where they are found.
    b: descriptors (N, f.dim), and what else b.inputs names -> (N, bits), whose signs are bits;
        None where they stay float.
    dense_dim: channels of the map 'dense', 0 without.
    any_length: whether f L2-normalises what it reads of the map, which may then be scaled.
    """

    h: nn.Module | None
    f: Fusion
    input: InputFormat
    dense_dim: int
    handcrafted: str = ''
    handcrafted_dim: int = 0
    windows: tuple[Window, ...] = ()
    window_samples: int = 0
    shrink: int = 1
    keypoint_budget: int = 1000
    detector: DetectorCard | None = None
    p: nn.Module | None = None
    place_side: float = 0.0
    place_samples: int = 0
    b: nn.Module | None = None
    bits: int = 0
    any_length: bool = False

    def maps(self, images: Tensor) -> dict[str, Tensor]:
        """Run h on its input (B, channels, H, W) and return its maps by name."""
        if self.h is None:
            return {}
        found = self.h(images)
        if self.detector is None:
            return {'dense': found}
        return dict(zip(self.detector.maps, found, strict=True))


def bit_inputs(b: nn.Module) -> tuple[str, ...]:
    """Return the names of what network b takes, in its order: descriptors, and perhaps teblid."""
    names: tuple[str, ...] = b.inputs  # type: ignore[assignment]
    return names


class SampledRows(Fusion):
    """f of most learned detectors: the map 'dense' at the keypoints, L2-normalised."""

    inputs = ('sampled',)

    def __init__(self, dim: int) -> None:
        """Hold the descriptor's length; nothing is learned here."""
        super().__init__()
        self.dim = dim

    def forward(self, sampled: Tensor) -> Tensor:
        """(B, N, C) -> (B, N, C), unit rows."""
        return unit(sampled)


def unit(rows: Tensor) -> Tensor:
    """L2-normalise (..., D); functional.normalize would export more nodes."""
    return rows / rows.norm(dim=-1, keepdim=True).clamp_min(1e-12)


def convolution(before: int, width: int, batch_norm: bool, stride: int = 1) -> list[nn.Module]:
    """Return a 3x3 convolution with its ReLU, and BatchNorm between them where it is asked for."""
    norm: list[nn.Module] = [nn.BatchNorm2d(width)] if batch_norm else []
    return [nn.Conv2d(before, width, 3, stride=stride, padding=1), *norm, nn.ReLU(inplace=True)]


def to_input(images: Tensor, form: InputFormat) -> Tensor:
    """Turn (B, H, W, 3) BGR uint8 into h's input (B, channels, H, W), as network.prepare.

    H and W are multiples of the stride. Grey is not rounded to whole levels here.
    """
    rgb = images.flip(3).permute(0, 3, 1, 2).float() / 255
    if form.channels == 1:
        rgb = (rgb * rgb.new_tensor(GREY).view(1, 3, 1, 1)).sum(1, keepdim=True)
    if form.per_image:
        deviation, mean = torch.std_mean(rgb, (1, 2, 3), correction=0, keepdim=True)
        return (rgb - mean) / deviation.clamp_min(1 / 255)
    shape = (1, -1, 1, 1)
    return (rgb - rgb.new_tensor(form.mean).view(shape)) / rgb.new_tensor(form.std).view(shape)
