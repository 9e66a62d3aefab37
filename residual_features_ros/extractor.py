# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""image -> Features: checks images, shrinks them, hands them to a pipeline, maps back."""
from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from residual_features_ros.config import ANYWHERE, ExtractorConfig, from_mapping
from residual_features_ros.errors import ConfigError
from residual_features_ros.image import check_image, map_back, resize_points, shrink
from residual_features_ros.mask import Mask, as_mask, read_mask
from residual_features_ros.model_card import load_confidence, load_thresholds
from residual_features_ros.pipelines import Learned, Pipeline, create_pipeline
from residual_features_ros.registry import METHODS
from residual_features_ros.timings import Timings
from residual_features_ros.types import Features
from residual_features_ros.whole import Whole


def create_extractor(method: str = 'residual_hessian_small', max_keypoints: int = 1000,
                     backend: Iterable[str] | str = ANYWHERE,
                     **settings: Any) -> Extractor:
    """Create the extractor of a method.

    Args:
        method: a name of registry.METHODS.
        max_keypoints: most keypoints per image.
        backend: one runtime or several in the order to try; the next one goes on where one fails.
        settings: further fields of ExtractorConfig.

    Raises:
        ConfigError: an unknown method, setting or backend, a value out of range, or a mask that
            cannot be read.
        ModelCardError: weights that are missing, corrupt or of another method.
        BackendError: no backend runs here; names the pip package.
        ImportError: a detector that is not installed here; names the remedy.
    """
    names = (backend,) if isinstance(backend, str) else tuple(backend)
    return Extractor(from_mapping(ExtractorConfig, {
        'method': method, 'max_keypoints': max_keypoints, 'backend': names, **settings}))


class Extractor:
    """A method with its networks loaded; safe to call from one thread at a time.

    Several threads each take a twin.
    """

    def __init__(self, config: ExtractorConfig) -> None:
        """Load what the method needs; see create_extractor for the errors."""
        self.config = config
        self.method = METHODS[config.method]
        self.timings = Timings()
        self.mask = read_mask(config.mask) if config.mask else None
        self._pipeline: Pipeline = Whole(config, self.timings) \
            if config.front_end == 'whole' else create_pipeline(config, self.timings)
        self.card = self._pipeline.card  # None for a hand-crafted method
        self.whole_cards = self._pipeline.whole_cards  # none with front_end split
        self.confidence = self.card.confidence if self.card \
            else load_confidence(config.method, config.weights)  # for the matcher; may be None
        self.thresholds = self.card.thresholds if self.card \
            else load_thresholds(config.method, config.weights)  # may be None
        self.scales, self.levels = self._pipeline.scales, self._pipeline.levels

    @property
    def backend_description(self) -> str:
        """What runs the networks now: another backend may have gone on."""
        return self._pipeline.backend_description

    @property
    def backend(self) -> str:
        """The name of that, of backends.BACKENDS; '' for a method without networks."""
        return self._pipeline.backend

    def twin(self) -> Extractor:
        """Return one for another thread, which shares the loaded networks and is timed apart."""
        twin = copy.copy(self)
        twin.timings = Timings()
        twin._pipeline = self._pipeline.twin(twin.timings)
        return twin

    def reconfigure(self, config: ExtractorConfig) -> None:
        """Take other settings from the next image on; nothing is loaded anew.

        Raises:
            ConfigError: a setting differs that only a new extractor can have, or `check` refuses.
        """
        for field in dataclasses.fields(config):
            present, wanted = getattr(self.config, field.name), getattr(config, field.name)
            if wanted != present and not field.metadata['live']:
                raise ConfigError(f'{field.name} cannot change from {present!r} to {wanted!r} '
                                  'while an extractor runs: create another')
        self.check(config)
        self.config = config

    def check(self, config: ExtractorConfig) -> None:
        """Raise ConfigError for live settings that this front end cannot obey."""
        self._pipeline.check(config)

    def warm_up(self) -> Features:
        """Return what an image without structure gives: no keypoint, whatever the mask."""
        width, height = self._pipeline.first_size
        return self._pipeline([np.zeros((height, width), np.uint8)], self.config)[0]

    def extract(self, image: np.ndarray, mask: Mask | np.ndarray | None = None) -> Features:
        """Find and describe keypoints.

        Args:
            image: (H, W) grey or (H, W, 3) BGR uint8, 32x32 or larger.
            mask: (H, W), not zero where keypoints are allowed; None for that of the settings.

        Returns:
            Features in pixels of `image`; none in an image without structure.

        Raises:
            ValueError: not such an image, or a mask of another size.
        """
        return self.extract_batch([image], [mask])[0]

    def extract_batch(self, images: Sequence[np.ndarray],
                      masks: Sequence[Mask | np.ndarray | None] = ()) -> list[Features]:
        """Find and describe keypoints of several images, the two of a stereo pair for example.

        Images of one size share one run of h, or of a whole network. See extract for images,
        masks, results and errors; no masks are those of the settings for all images.
        """
        for image in images:
            check_image(image)
        if not images:
            return []
        config = self.config
        worked_on, scales = zip(*(shrink(image, config.max_size) for image in images), strict=True)
        allowed = [self._mask_of(image, mask, scale) for image, mask, scale
                   in zip(images, masks or [None] * len(images), scales, strict=True)]
        return [map_back(features, image, scale) for features, image, scale
                in zip(self._pipeline(worked_on, config, allowed), images, scales, strict=True)]

    def describe(self, image: np.ndarray, found: Features) -> Features:
        """Describe keypoints that another extractor has found.

        Args:
            image: (H, W) grey or (H, W, 3) BGR uint8, 32x32 or larger.
            found: in pixels of `image`, with any descriptors.

        Returns:
            the same with this method's descriptors.

        Raises:
            ConfigError: no learned method, whose descriptors are of no detector's keypoints.
            ValueError: not such an image.
        """
        if not isinstance(self._pipeline, Learned):
            raise ConfigError(f'{self.config.method} describes its own keypoints alone; those of '
                              'others are described by a method whose network finds its own')
        check_image(image)
        small, scale = shrink(image, self.config.max_size)
        moved = dataclasses.replace(
            found, keypoints=resize_points(found.keypoints, scale).astype(np.float32),
            sizes=(found.sizes * scale.mean()).astype(np.float32),
            image_size=(small.shape[1], small.shape[0]))
        described = self._pipeline.describe(small, moved, self.config)
        return dataclasses.replace(found, descriptors=described.descriptors)

    def _mask_of(self, image: np.ndarray, given: Mask | np.ndarray | None,
                 scale: np.ndarray) -> Mask | None:
        """Return the mask for an image resized by `scale`, None where it keeps nothing off."""
        mask = self.mask if given is None else as_mask(given)
        if mask is None:
            return None
        mask.check(image.shape)
        return mask.resized(scale) if mask.restricts else None
