# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A detector and descriptor of two shared layers on grey images."""
from torch import Tensor, nn
from torch.nn import functional

from residual_features_ros.detection import DetectorCard
from training.networks import InputFormat, Networks, SampledRows

INPUT = InputFormat(stride=4, per_image=True)
DETECTOR = DetectorCard(threshold=0.0, nms_radius=3, border=4, size=12.0, softargmax_radius=1,
                        softargmax_temperature=0.05)


class ToyDetector(nn.Module):
    """h: (B, 1, H, W) -> scores (B, H, W), dense (B, dim, H / 4, W / 4)."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, 16, 5, stride=2, padding=2), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU())
        self.detector = nn.Conv2d(32, 16, 1)
        self.descriptor = nn.Conv2d(32, dim, 1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        seen = self.trunk(image)
        cells = self.detector(seen)  # (B, 16, H / 4, W / 4)
        return functional.pixel_shuffle(cells, 4).squeeze(1).sigmoid(), self.descriptor(seen)


class Toy(nn.Module):
    """h and f."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.h, self.f = ToyDetector(dim), SampledRows(dim)


def networks(model: Toy) -> Networks:
    return Networks(h=model.h, f=model.f, input=INPUT, dense_dim=model.f.dim, detector=DETECTOR)
