# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""image -> keypoints and descriptors: the twins of pipelines.Fused and pipelines.Learned."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from residual_features_ros import whole_networks
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.detection import as_set
from residual_features_ros.errors import ConfigError
from residual_features_ros.keypoints.table import DETECTORS
from residual_features_ros.rows.windows import Window
from training import geometry
from training.networks import Networks
from training.whole.detectors import FINDERS
from training.whole.found import Found
from training.whole.images import GreyLevels, NetworkInput
from training.whole.peaks import Peaks
from training.whole.rows import Orientations, SiftRows, Windows
from training.whole.squares import Atlas, pyramid

BYTE = (128, 64, 32, 16, 8, 4, 2, 1)


class Described(nn.Module):
    """f, and b where there is one, with all that they read around keypoints."""

    def __init__(self, networks: Networks, atlas: Atlas, shrink: int) -> None:
        """Take the networks."""
        super().__init__()
        self.byte: Tensor
        self.f, self.b, self.inputs = networks.f, networks.b, networks.f.inputs
        self.stride = networks.input.stride * shrink
        self.rows = SiftRows(atlas, DETECTORS[networks.handcrafted].root) \
            if 'handcrafted' in self.inputs else None
        self.windows = Windows(atlas, networks.windows, networks.window_samples) \
            if 'windows' in self.inputs else None
        self.register_buffer('byte', torch.tensor(BYTE, dtype=torch.float32), persistent=False)

    @property
    def reads_image(self) -> bool:
        """Return whether f sees more than h's map."""
        return self.rows is not None or self.windows is not None

    def forward(self, joined: Tensor, maps: Mapping[str, Tensor], found: Found) -> Tensor:
        """Return (B, N, D) unit rows, or (B, N, bits / 8) the values of bytes."""
        keypoints = found.places, found.sizes, found.angles
        known = {}
        if self.rows is not None:
            known['handcrafted'] = self.rows(joined, *keypoints)
        if self.windows is not None:
            known['windows'] = self.windows(joined, *keypoints)
        if 'sampled' in self.inputs:
            known['sampled'] = geometry.sample(maps['dense'], found.places, self.stride)
        descriptors: Tensor = self.f(**{name: known[name] for name in self.inputs})
        if self.b is None:
            return descriptors
        is_one = (self.b(descriptors.flatten(0, 1)) > 0).float()
        count, size = found.places.shape[1], int(is_one.shape[1]) // 8
        return is_one.reshape(-1, count, size, 8) @ self.byte


class Blobs(nn.Module):
    """A detector without a network, with network p where the method has one."""

    def __init__(self, networks: Networks, config: ExtractorConfig, size: tuple[int, int],
                 atlas: Atlas) -> None:
        """Take p; see WholeFront for the arguments."""
        super().__init__()
        self.last: Tensor
        row = DETECTORS[networks.handcrafted]
        finder = FINDERS[row.finder]
        self.detector = finder.create(config, size, row)
        self.count = self.detector.count
        self.p = networks.p if config.places == 'learned' else None
        self.windows = Windows(atlas, [Window(networks.place_side, turned=False)],
                               networks.place_samples) if self.p is not None else None
        self.orientations = None if finder.oriented else Orientations(atlas)
        self.register_buffer('last', torch.tensor(size).float() - 1, persistent=False)

    def forward(self, levels: Sequence[Tensor], joined: Tensor) -> Found:
        """Return keypoints with orientations; `levels` and `joined` are the image's pyramid."""
        found = self.detector(levels).plain()
        places = found.places
        if self.p is not None and self.windows is not None:
            squares = self.windows(joined, places, found.sizes, None)
            offsets = self.p(squares.flatten(0, 1)).reshape(-1, self.count, 2)
            moved = places + offsets * found.sizes.unsqueeze(2)
            places = torch.minimum(moved.clamp_min(0), self.last)
        angles = found.angles if self.orientations is None \
            else self.orientations(joined, places, found.sizes)
        return found._replace(places=places, angles=angles)


class WholeFront(nn.Module):
    """The front end of a method for images of one size."""

    def __init__(self, networks: Networks, config: ExtractorConfig,
                 size: tuple[int, int]) -> None:
        """Put it together.

        Args:
            networks: of the method.
            config: its settings: how many keypoints, and how they are found.
            size: (width, height) of the images.

        Raises:
            ConfigError: a detector or a setting that a whole network does not have.
        """
        super().__init__()
        refuse(networks, config)
        shrink = config.network_shrink or networks.shrink
        self.h, self.size = networks.h, size
        self.to_grey = GreyLevels()
        self.to_input = NetworkInput(networks.input, shrink)
        self.atlas = Atlas(*size)
        self.described = Described(networks, self.atlas, shrink)
        card = as_set(networks.detector, config) if networks.detector else None
        self.maps = card.maps if card else ('dense',)
        self.peaks = Peaks(card, *size, config.max_keypoints, shrink) if card else None
        self.blobs = None if card else Blobs(networks, config, size, self.atlas)

    @property
    def count(self) -> int:
        """Return N, the most keypoints of an image."""
        finder: Peaks | Blobs | None = self.peaks or self.blobs
        return finder.count if finder else 0

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """(B, 1 or 3, H, W) uint8 grey or RGB -> whole_card.OUTPUTS."""
        grey = self.to_grey(images)
        maps: dict[str, Tensor] = {}
        if self.h is not None:
            given = self.h(self.to_input(images, grey))
            given = (given,) if isinstance(given, Tensor) else given
            maps = dict(zip(self.maps, given, strict=True))
        levels, joined = [], grey
        if self.blobs is not None or self.described.reads_image:
            levels = pyramid(grey)
            joined = self.atlas.joined(levels)
        found: Found = self.blobs(levels, joined) if self.blobs is not None \
            else self.peaks(maps)  # type: ignore[misc]
        return self.outputs(found, self.described(joined, maps, found))

    def outputs(self, found: Found, descriptors: Tensor) -> tuple[Tensor, ...]:
        """Return whole_card.OUTPUTS; what is no keypoint is 0."""
        exists = found.exists
        each, rows = exists.float(), exists.unsqueeze(2)
        described = torch.where(rows, descriptors, 0.0)
        if self.described.b is not None:  # TensorRT has uint8 at the ends of a network alone
            described = described.to(torch.uint8)
        return (found.places * rows, torch.where(exists, found.scores, 0.0), found.sizes * each,
                found.angles * each, found.octaves.int() * exists.int(), described,
                exists.int().sum(1, dtype=torch.int32))


def fixed_settings(networks: Networks) -> tuple[str, ...]:
    """Return the names of ExtractorConfig's settings that are fixed in a whole network."""
    if networks.detector:
        return 'network_shrink', 'score_threshold', 'nms_radius'
    return 'network_shrink', *FINDERS[DETECTORS[networks.handcrafted].finder].settings


def refuse(networks: Networks, config: ExtractorConfig) -> None:
    """Raise ConfigError for what a whole network cannot do."""
    row = None if networks.detector else DETECTORS[networks.handcrafted]
    if row and row.finder not in FINDERS:
        raise ConfigError(f'{config.method}: no whole network finds the keypoints of '
                          f'{networks.handcrafted}, only those of learned methods and of '
                          f'{", ".join(FINDERS)}')
    if networks.b is not None and 'teblid' in networks.b.inputs:  # type: ignore[operator]
        raise ConfigError(f'{config.method}: no whole network has TEBLID')
    if config.mask:
        raise ConfigError('mask: a whole network cannot obey it')
    whole_networks.refuse(config)
