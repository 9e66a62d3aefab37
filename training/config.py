# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Recipes are data: nested frozen dataclasses, changed by key=value, saved beside results."""
from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from residual_features_ros.errors import ConfigError, unknown


@dataclass(frozen=True)
class WarpConfig:
    """Random homographies between the two views of a training pair.

    The paper gives no ranges (METHODS: its deviations). rotation_deg is the half-width of a
    uniform range that a pair gets, except for the share full_rotation, which gets any angle.
    scale: log-uniform in [1 / scale, scale]. perspective: corner offset and translation: shift of
    the centre, both as shares of the image side.
    """

    rotation_deg: float = 35.0
    full_rotation: float = 0.25
    scale: float = 2.0
    perspective: float = 0.28
    translation: float = 0.15
    min_overlap: float = 0.3


@dataclass(frozen=True)
class MotionConfig:
    """Random cameras before planes that photographs cover (plane_pairs, layered_views).

    Lengths are in distances to the plane along the first optical axis. focal: range in image
    widths, and zoom the largest quotient of the two. tilt_deg: between the plane and the first
    image. sideways, forwards: how far the second camera goes. astray: how far from the place that
    the first camera looks at the second one looks. roll_deg: half-width of the roll's range.
    """

    focal: tuple[float, ...] = (0.7, 1.5)
    zoom: float = 1.3
    tilt_deg: float = 50.0
    sideways: float = 0.8
    forwards: float = 0.35
    astray: float = 0.25
    roll_deg: float = 30.0
    min_overlap: float = 0.4


@dataclass(frozen=True)
class PhotometricConfig:
    """Random changes of each view by itself.

    Paper, section 4.1: Gaussian noise, brightness, contrast, saturation, hue. Ours besides:
    gamma (day and night), blur, motion blur, grey; and, off unless a recipe turns them on,
    exposure_stops: up to how much more or less light the sensor gets, what is over its range is
    white; shade_stops: up to how much the light differs over the image; JPEG of a quality from
    jpeg_quality to 95. Shares are probabilities in [0, 1].
    """

    brightness: float = 40.0
    contrast: float = 0.4
    saturation: float = 0.4
    hue_deg: float = 20.0
    noise: float = 12.0
    gamma: float = 2.2
    blur_sigma_px: float = 2.0
    blur_share: float = 0.35
    motion_px: int = 9
    motion_share: float = 0.1
    grey_share: float = 0.3
    exposure_stops: float = 3.0
    exposure_share: float = 0.0
    shade_stops: float = 2.0
    shade_share: float = 0.0
    jpeg_quality: int = 30
    jpeg_share: float = 0.0


@dataclass(frozen=True)
class DataConfig:
    """Where images come from and what is made of them. size is (width, height) in pixels.

    kind: 'homography' warps single photographs; 'megadepth', 'phototourism', 'tum', 'rgbd' and
    'scannet' are data sets of photographs with depth and poses (data.sources.posed). images is the
    folder.
    distinct: samples repeat after so many, which are written to the folder cache and read from it
    (2.2 MB each at 320x240 with 400 keypoints); without cache each sample is new.
    exposures: a folder of folders with two aligned photographs of one scene in different light,
    1.* and 2.*; of its first half exposure_share of the samples are made.
    """

    kind: str = 'homography'
    images: str = ''
    size: tuple[int, int] = (320, 240)
    keypoints: int = 400
    workers: int = 1
    cache: str = ''
    distinct: int = 8000
    validation_share: float = 0.02
    validation_pairs: int = 64
    exposures: str = ''
    exposure_share: float = 0.0
    warp: WarpConfig = field(default_factory=WarpConfig)
    photometric: PhotometricConfig = field(default_factory=PhotometricConfig)


@dataclass(frozen=True)
class OptimConfig:
    """How long a stage is, and how it is optimised. batch: samples of a step in all processes.

    epochs: of the photographs, or posed pairs, at hand, which then decide steps; 0 = steps does.
    optimiser: 'adam', 'adamw', or 'sgd' with Nesterov's momentum. The rate rises to lr over
    warmup_steps. schedule: 'constant'; 'cosine' to zero at `steps`; 'exponential', lr *
    decay ** ((step - decay_from) / decay_every), constant before decay_from. clip_norm: largest
    L2 norm of all gradients, 0 = any.
    """

    steps: int = 6000
    epochs: float = 0.0
    batch: int = 4
    lr: float = 1e-3
    schedule: str = 'cosine'
    warmup_steps: int = 100
    weight_decay: float = 0.0
    optimiser: str = 'adam'
    momentum: float = 0.9
    decay: float = 0.9
    decay_every: int = 1000
    decay_from: int = 0
    clip_norm: float = 0.0


@dataclass(frozen=True)
class RunConfig:
    """What every run has; a method adds `model`, and an OptimConfig for each of its stages.

    precision of h: 'fp32', 'bf16', or 'auto' for bf16 where the hardware is fast at it. A stage is
    validated every validate_every steps, at its steps validate_at, before the first and after the
    last. pretrained: a checkpoint whose weights the run starts with, 'FILE:h' for those of h
    alone, 'FILE:fitting' for those that have the shapes of this run's.
    """

    method: str = ''
    pretrained: str = ''
    seed: int = 0
    precision: str = 'auto'
    threads: int = 0
    validate_every: int = 500
    validate_at: tuple[int, ...] = ()
    checkpoint_every: int = 250
    data: DataConfig = field(default_factory=DataConfig)


def override(config: Any, assignments: Sequence[str]) -> Any:
    """Return `config` with 'a.b=value' assignments applied; ConfigError names what is known."""
    for assignment in assignments:
        path, separator, text = assignment.partition('=')
        if not separator:
            raise ConfigError(f'expected key=value, got {assignment!r}')
        config = _assign(config, path.split('.'), text)
    return config


def _assign(config: Any, path: Sequence[str], text: str) -> Any:
    known = [item.name for item in dataclasses.fields(config)]
    if path[0] not in known:
        raise unknown('setting', path[0], known)
    old = getattr(config, path[0])
    if len(path) > 1:
        if not dataclasses.is_dataclass(old):
            raise ConfigError(f'{path[0]} is a value, it has no setting {path[1]!r}')
        return dataclasses.replace(config, **{path[0]: _assign(old, path[1:], text)})
    return dataclasses.replace(config, **{path[0]: _parse(path[0], old, text)})


def _parse(name: str, old: Any, text: str) -> Any:
    if isinstance(old, str):
        return text
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = text
    value = float(value) if isinstance(old, float) and isinstance(value, int) else value
    if type(value) is not type(old):
        raise ConfigError(f'{name} must be {type(old).__name__}, got {text!r}')
    return value


def optims(config: Any, path: str = '') -> Iterator[tuple[str, OptimConfig]]:
    """Yield the optimisers of a run's stages with their dotted names."""
    for item in dataclasses.fields(config):
        value = getattr(config, item.name)
        if isinstance(value, OptimConfig):
            yield path + item.name, value
        elif dataclasses.is_dataclass(value):
            yield from optims(value, f'{path}{item.name}.')


def to_dict(config: Any) -> dict[str, Any]:
    """Return a config as plain nested dictionaries."""
    return dataclasses.asdict(config)


def from_dict(kind: type, values: dict[str, Any]) -> Any:
    """Rebuild the config dataclass `kind` from to_dict's form (lists become tuples)."""
    default = kind()
    known = {item.name for item in dataclasses.fields(default)}
    for name in values:
        if name not in known:
            raise unknown('setting', name, known)
    built = {}
    for name, value in values.items():
        old = getattr(default, name)
        if dataclasses.is_dataclass(old):
            value = from_dict(type(old), value)
        built[name] = tuple(value) if isinstance(value, list) else value
    return kind(**built)
