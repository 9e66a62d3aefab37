# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Networks h and f (Residual paper, sections 3.1 and 3.2), p, which places keypoints, and b."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from residual_features_ros.errors import ConfigError, unknown
from residual_features_ros.rows.windows import Window
from training import networks
from training.geometry import sample
from training.methods.residual.bit_networks import bit_network
from training.methods.residual.config import (
    NO_BITS,
    NO_PLACES,
    BitsConfig,
    ModelConfig,
    PlacesConfig,
)
from training.networks import Fusion, convolution, unit

STRIDE = 8
START = 0.05  # of the last layer's weights: h beside the refined descriptor
WINDOW_SAMPLES = 12
FARTHEST = 0.5  # diameters that a keypoint is moved along x and y


def full_backbone(config: ModelConfig) -> nn.Sequential:
    """Return the paper's h: SuperPoint's encoder (figure 2) and descriptor head."""
    return pooled_backbone(((64, 64), (64, 64), (128, 128), (128, 128)), config)


def half_backbone(config: ModelConfig) -> nn.Sequential:
    """Return the paper's small h (table 4): the full one without four of its layers.

    "Half the size ... made by removing random CNN layers": which ones it does not say. Without
    these four it has 477,568 of 957,248 parameters.
    """
    return pooled_backbone(((64,), (64, 64), (128,), ()), config)


def pooled_backbone(blocks: Sequence[Sequence[int]], config: ModelConfig) -> nn.Sequential:
    """Return 3x3 convolutions of these widths, pooled by 2 between blocks, and the head."""
    layers: list[nn.Module] = []
    previous = 3
    for number, widths in enumerate(blocks):
        if number:
            layers.append(nn.MaxPool2d(2))
        for width in widths:
            layers += convolution(previous, width, config.batch_norm)
            previous = width
    return keep_variance(nn.Sequential(
        *layers, *convolution(previous, 256, config.batch_norm),
        nn.Conv2d(256, config.dense_dim, 1)))


def small_backbone(config: ModelConfig) -> nn.Sequential:
    """Return a strided h of 0.34 M parameters for CPUs: 0.53 G multiply-adds at 320x240."""
    layers: list[nn.Module] = []
    previous = 3
    for width, stride in ((24, 2), (48, 2), (48, 1), (96, 2), (96, 1), (96, 1), (96, 1)):
        layers += convolution(previous, width, config.batch_norm, stride)
        previous = width
    return keep_variance(nn.Sequential(*layers, nn.Conv2d(previous, config.dense_dim, 1)))


def keep_variance(network: nn.Sequential) -> nn.Sequential:
    """Draw weights that keep the variance from layer to layer (arXiv 1502.01852).

    Torch's own draw shrinks it: behind ten layers the biases outweigh the image. What leaves the
    network starts small, so that it does not drown the hand-crafted descriptor beside it.
    """
    for layer in network:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    with torch.no_grad():
        network[-1].get_parameter('weight').mul_(START)
    return network


BACKBONES = {'full': full_backbone, 'half': half_backbone, 'small': small_backbone}


def refine_layer(dim: int, width: int) -> nn.Sequential:
    """Return the refine MLP dim-width-width-128 of section 3.2, where width is 256."""
    return nn.Sequential(OrderedDict(
        hidden_1=nn.Linear(dim, width), relu_1=nn.ReLU(), hidden_2=nn.Linear(width, width),
        relu_2=nn.ReLU(), out=nn.Linear(width, 128)))


def start_at_zero(network: nn.Sequential) -> None:
    """Set the last layer, which has weights and biases, to zero."""
    for parameter in network[-1].parameters():
        nn.init.zeros_(parameter)


def projection(refined: int, learned: int, dim: int) -> nn.Linear:
    """Return the last layer of an f whose descriptors are shorter than its two halves.

    It starts as the sum of both, each turned at random where it is longer than the descriptor,
    the learned one always.
    """
    layer = nn.Linear(refined + learned, dim, bias=False)
    with torch.no_grad():
        first, second = layer.weight.split([refined, learned], 1)
        nn.init.eye_(first) if dim == refined else nn.init.orthogonal_(first)
        nn.init.orthogonal_(second)
    return layer


class NoFusion(Fusion):
    """f of the ablation without fusion (table 4): h alone at the keypoints, L2-normalised."""

    inputs = ('sampled',)

    def __init__(self, config: ModelConfig) -> None:
        """Hold the descriptor's length; nothing is learned here."""
        super().__init__()
        self.dim = config.dense_dim

    def forward(self, sampled: Tensor) -> Tensor:
        """(B, N, C) -> (B, N, C), unit rows."""
        return unit(sampled)


class PaperFusion(Fusion):
    """f as in the paper: concatenate refined and sampled, then L2.

    Each half is L2-normalised before that, h's as in SuperPoint's head (arXiv 1712.07629, section
    3.3). Free lengths are learned before what h says, and h, which knows nothing yet, is muted.
    """

    inputs = ('sampled', 'handcrafted')

    def __init__(self, config: ModelConfig) -> None:
        """Create the refine layer."""
        super().__init__()
        self.refine = refine_layer(config.handcrafted_dim, config.width)
        self.dim = 128 + config.dense_dim

    def forward(self, sampled: Tensor, handcrafted: Tensor) -> Tensor:
        """(B, N, C), (B, N, D) -> (B, N, 128 + C), unit rows."""
        return unit(torch.cat([unit(self.refine(handcrafted)), unit(sampled)], 2))


class RefinedFusion(Fusion):
    """Base of an f whose start is the hand-crafted descriptor (a deviation, METHODS in docs).

    The refined half is handcrafted + MLP(handcrafted) with a last layer of zeros, and the learned
    half is scaled by a learned weight that starts at 0.3.
    """

    def __init__(self, config: ModelConfig) -> None:
        """Create the refine layer and the weight."""
        super().__init__()
        self.refine = refine_layer(config.handcrafted_dim, config.width)
        self.lift = nn.Linear(config.handcrafted_dim, 128, bias=False) \
            if config.handcrafted_dim != 128 else nn.Identity()
        if isinstance(self.lift, nn.Linear):
            nn.init.orthogonal_(self.lift.weight)  # keeps distances: D <= 128
        start_at_zero(self.refine)
        self.weight = nn.Parameter(torch.tensor(0.3))
        self.dim = config.dim or 128 + config.dense_dim
        self.project = projection(128, config.dense_dim, config.dim) if config.dim \
            else nn.Identity()

    def join(self, refined: Tensor, learned: Tensor) -> Tensor:
        """Join the halves (B, N, 128) and (B, N, C), rows of any length -> (B, N, dim), unit."""
        return unit(self.project(torch.cat([unit(refined), self.weight * unit(learned)], 2)))


class ResidualFusion(RefinedFusion):
    """f whose learned half is what h says; both halves are L2-normalised."""

    inputs = ('sampled', 'handcrafted')

    def forward(self, sampled: Tensor, handcrafted: Tensor) -> Tensor:
        """(B, N, C), (B, N, D) -> (B, N, 128 + C), unit rows."""
        return self.join(self.lift(handcrafted) + self.refine(handcrafted), sampled)


def window_network(windows: int, width: int) -> nn.Sequential:
    """Return an MLP from so many windows of a keypoint, (B, N, windows, S, S), to (B, N, 128).

    Two strided convolutions before the last layer are five times the multiply-adds, for 0.6 %
    more recall on the validation pairs and as many matches on the Oxford scenes.
    """
    return nn.Sequential(OrderedDict(
        flat=nn.Flatten(2), hidden=nn.Linear(windows * WINDOW_SAMPLES**2, width),
        relu=nn.ReLU(), out=nn.Linear(width, 128)))


class WindowsFusion(RefinedFusion):
    """f whose learned half also sees windows of the image around the keypoint.

    The learned half is a weighted sum of what h, the turned windows and the upright windows say,
    and of an MLP over them and the hand-crafted descriptor, whose last layer starts at zero.
    """

    inputs: tuple[str, ...] = ('sampled', 'handcrafted', 'windows')

    def __init__(self, config: ModelConfig) -> None:
        """Create the window networks; dense_dim must be 128, that of theirs."""
        super().__init__(config)
        if config.dense_dim != 128:
            raise ConfigError(f'model.fusion={config.fusion} needs dense_dim=128, got '
                              f'{config.dense_dim}')
        self.turned, self.upright = (window_network(len(config.window_sides), config.width // 2)
                                      for _ in range(2))
        parts = 3 if 'sampled' in self.inputs else 2
        self.mix = nn.Parameter(torch.full((parts,), 1 / parts))
        self.joint = nn.Sequential(OrderedDict(
            hidden=nn.Linear((1 + parts) * 128, config.width), relu=nn.ReLU(),
            out=nn.Linear(config.width, 128)))
        start_at_zero(self.joint)

    def forward(self, sampled: Tensor, handcrafted: Tensor, windows: Tensor) -> Tensor:
        """(B, N, 128), (B, N, D), (B, N, C, S, S) -> (B, N, dim), unit rows."""
        return self.mixed(handcrafted, windows, sampled)

    def mixed(self, handcrafted: Tensor, windows: Tensor, *sampled: Tensor) -> Tensor:
        """(B, N, D), (B, N, C, S, S), (B, N, 128) or nothing -> (B, N, dim), unit rows."""
        lifted = self.lift(handcrafted)
        turned, upright = windows.chunk(2, 2)  # (B, N, C, S, S) -> twice (B, N, C/2, S, S)
        # two or three times (B, N, 128)
        parts = [unit(part) for part in (self.turned(turned), self.upright(upright), *sampled)]
        learned = sum(part * weight for part, weight in zip(parts, self.mix, strict=True))
        # (B, N, 3 or 4 * 128) -> (B, N, 128)
        learned = learned + self.joint(torch.cat([lifted, *parts], 2))
        return self.join(lifted + self.refine(handcrafted), learned)


class WindowsAlone(WindowsFusion):
    """The same without h, which is neither trained nor run."""

    inputs = ('handcrafted', 'windows')

    def forward(self, handcrafted: Tensor, windows: Tensor) -> Tensor:  # type: ignore[override]
        """(B, N, D), (B, N, C, S, S) -> (B, N, dim), unit rows."""
        return self.mixed(handcrafted, windows)


# A class says in `inputs` which of sampled, handcrafted and windows it takes, by name, with the
# shapes of model_card.ModelCard and a leading B.
FUSIONS: dict[str, type[Fusion]] = {
    'none': NoFusion, 'paper': PaperFusion, 'residual': ResidualFusion, 'windows': WindowsFusion,
    'windows_alone': WindowsAlone}


def fusion_of(config: ModelConfig) -> type[Fusion]:
    """Return the class of f; ConfigError lists the known ones."""
    if config.fusion not in FUSIONS:
        raise unknown('fusion', config.fusion, FUSIONS)
    return FUSIONS[config.fusion]


def windows_of(config: ModelConfig) -> tuple[Window, ...]:
    """Return the windows that f takes: those in the keypoint's frame, then the upright ones."""
    if 'windows' not in fusion_of(config).inputs:
        return ()
    return tuple(Window(side, turned) for turned in (True, False) for side in config.window_sides)


class PlaceNetwork(nn.Module):
    """p: an upright window around a keypoint -> how far its exact place is from the middle."""

    def __init__(self, config: PlacesConfig) -> None:
        """Create an MLP that starts where the detector found the keypoint."""
        super().__init__()
        self.layers = nn.Sequential(OrderedDict(
            hidden_1=nn.Linear(config.samples**2, config.width), relu_1=nn.ReLU(),
            hidden_2=nn.Linear(config.width, config.width // 2), relu_2=nn.ReLU(),
            out=nn.Linear(config.width // 2, 2)))
        start_at_zero(self.layers)

    def forward(self, windows: Tensor) -> Tensor:
        """(N, 1, S, S) -> (N, 2) along x and y, in diameters, less than FARTHEST."""
        return FARTHEST * torch.tanh(self.layers(windows.flatten(1)))


class ResidualNetwork(nn.Module):
    """h, f, p and b together, as they are trained.

    h is None where f does not read its map, p where keypoints stay where they are found, b where
    descriptors stay float.
    """

    def __init__(self, config: ModelConfig, places: PlacesConfig = NO_PLACES,
                 bits: BitsConfig = NO_BITS) -> None:
        """Create them; ConfigError for an unknown backbone or fusion."""
        super().__init__()
        if config.backbone not in BACKBONES:
            raise unknown('backbone', config.backbone, BACKBONES)
        fusion = fusion_of(config)
        self.config = config
        self.h = BACKBONES[config.backbone](config) \
            if 'sampled' in fusion.inputs else None
        self.f = fusion(config)
        self.p = PlaceNetwork(places) if places.width else None
        self.b = bit_network(self.f.dim, bits) if bits.count else None

    def forward(self, images: Tensor, keypoints: Tensor, handcrafted: Tensor,
                windows: Tensor) -> Tensor:
        """(B, 3, H, W) RGB, and as for `describe` -> (B, N, dim), unit rows."""
        return self.describe(self.see(images), keypoints, handcrafted, windows)

    def see(self, images: Tensor) -> Tensor | None:
        """(B, 3, H, W) RGB -> h's map (B, C, H/s, W/s) float32, None where there is no h.

        s is 8 x shrink.
        """
        if self.h is None:
            return None
        return self.h(functional.avg_pool2d(images, self.config.shrink)).float()

    def describe(self, dense: Tensor | None, keypoints: Tensor, handcrafted: Tensor,
                 windows: Tensor) -> Tensor:
        """Run f on what it takes of h's map, (B, N, 4), (B, N, D) and (B, N, C, S, S).

        Returns:
            (B, N, dim), unit rows.
        """
        known = {'handcrafted': handcrafted, 'windows': windows.float()}
        if dense is not None:
            known['sampled'] = sample(dense, keypoints[..., :2],
                                      STRIDE * self.config.shrink)  # -> (B, N, C)
        return self.f(**{name: known[name] for name in self.f.inputs})


def to_input(images: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """Turn (B, H, W, 3) BGR uint8 into h's input (B, 3, H, W) RGB float, as network.prepare."""
    return networks.to_input(images, networks.InputFormat(STRIDE, mean, std, channels=3))
