# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""image -> Features: g and h (where f reads its map) at the same time, then f.

Where h finds the keypoints there is no g: h, then detection, then f.
"""
from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from residual_features_ros.backends import first_that_works
from residual_features_ros.config import ExtractorConfig, from_mapping
from residual_features_ros.detection import DetectorCard, find
from residual_features_ros.errors import ModelCardError
from residual_features_ros.fusion import Fusion
from residual_features_ros.image import check_image, map_back, shrink, to_grey
from residual_features_ros.keypoints.surf import surf_provider
from residual_features_ros.keypoints.table import Detector, create_detector
from residual_features_ros.model_card import ModelCard, load_card
from residual_features_ros.network import DenseNetwork, prepare
from residual_features_ros.registry import METHODS
from residual_features_ros.timings import Timings
from residual_features_ros.types import Features

log = logging.getLogger(__name__)


def create_extractor(method: str = 'residual_rootsift_small', max_keypoints: int = 1000,
                     backend: Iterable[str] | str = ('onnxruntime',),
                     **settings: Any) -> Extractor:
    """Create the extractor of a method.

    Args:
        method: a name of registry.METHODS.
        max_keypoints: most keypoints per image.
        backend: one runtime or several, the first that works is used.
        settings: further fields of ExtractorConfig.

    Raises:
        ConfigError: an unknown method, setting or backend, or a value out of range.
        ModelCardError: weights that are missing, corrupt or of another method.
        BackendError: no backend runs here; names the pip package.
    """
    names = (backend,) if isinstance(backend, str) else tuple(backend)
    return Extractor(from_mapping(ExtractorConfig, {
        'method': method, 'max_keypoints': max_keypoints, 'backend': names, **settings}))


class Extractor:
    """A method with its networks loaded; safe to call from one thread at a time."""

    card: ModelCard | None = None
    _network: DenseNetwork | None = None

    def __init__(self, config: ExtractorConfig) -> None:
        """Load what the method needs; see create_extractor for the errors."""
        self.config = config
        self.method = METHODS[config.method]
        self.backend_description = 'none needed'
        self.timings = Timings()
        self._detectors: list[Detector] = []
        if self.method.handcrafted == 'surf':
            surf_provider()
        if self.method.network:
            self._load_networks()

    def _load_networks(self) -> None:
        config = self.config
        _, backend = first_that_works(config.backend)
        card = self.card = load_card(config.method, config.weights)
        if card.handcrafted != self.method.handcrafted:
            raise ModelCardError(f'{card.folder / card.method}.json: expected weights for '
                                f'{self.method.handcrafted}, found {card.handcrafted}')
        self._beside = ThreadPoolExecutor(1, thread_name_prefix='beside')
        self._shrink = config.network_shrink or card.shrink
        self._fusion = Fusion(card, backend, config.threads, config.precision, self.timings)
        if 'sampled' in self._fusion.inputs or card.detector:
            self._network = DenseNetwork(card, backend, config.threads, config.precision)
        self.backend_description = self._network.description if self._network else \
            f'{self._fusion.description}, f alone without h'

    def set_limits(self, max_keypoints: int, sift_first_octave: int) -> None:
        """Change what an image costs; ConfigError outside the settings' ranges."""
        if (max_keypoints, sift_first_octave) != (self.config.max_keypoints,
                                                  self.config.sift_first_octave):
            self.config = dataclasses.replace(self.config, max_keypoints=max_keypoints,
                                              sift_first_octave=sift_first_octave)

    def extract(self, image: np.ndarray) -> Features:
        """Find and describe keypoints.

        Args:
            image: (H, W) grey or (H, W, 3) BGR uint8, 32x32 or larger.

        Returns:
            Features in pixels of `image`; none in an image without structure.

        Raises:
            ValueError: not such an image.
        """
        return self.extract_batch([image])[0]

    def extract_batch(self, images: Sequence[np.ndarray]) -> list[Features]:
        """Find and describe keypoints of several images, the two of a stereo pair for example.

        Images of one size share one run of h. See extract for images, results and errors.
        """
        for image in images:
            check_image(image)
        if not images:
            return []
        config = self.config
        worked_on, scales = zip(*(shrink(image, config.max_size) for image in images), strict=True)
        if self.card is None:
            found = self._detect(worked_on, config)
        elif self.card.detector:
            found = self._find(worked_on, self.card, self.card.detector, config)
        else:
            seen = self._beside.submit(self._see, worked_on, self.card)
            found = self._detect(worked_on, config)
            stride = self.card.stride * self._shrink
            found = [self._fusion(features, levels, dense, stride) for features, levels, dense
                     in zip(found, *seen.result(), strict=True)]
        return [map_back(features, image, scale)
                for features, image, scale in zip(found, images, scales, strict=True)]

    def _find(self, images: Sequence[np.ndarray], card: ModelCard, detector: DetectorCard,
              config: ExtractorConfig) -> list[Features]:
        """Return the keypoints that h finds, described by f."""
        if len({image.shape[:2] for image in images}) > 1:
            return [features for image in images
                    for features in self._find([image], card, detector, config)]
        assert self._network is not None
        if config.score_threshold >= 0:
            detector = dataclasses.replace(detector, threshold=config.score_threshold)
        with self.timings.timed('prepare'):
            prepared = prepare(images, card, self._shrink)
        with self.timings.timed('h'):
            batch = self._network.maps(prepared)
        described = []
        for number, image in enumerate(images):
            maps = {name: values[number] for name, values in batch.items()}
            with self.timings.timed('detect'):
                found = find(maps, detector, image.shape[1::-1], config.max_keypoints,
                             self._shrink)
            described.append(self._fusion(found, self._fusion.levels(image), maps.get('dense'),
                                          card.stride * self._shrink))
        return described

    def _detect(self, images: Sequence[np.ndarray], config: ExtractorConfig) -> list[Features]:
        """Return g's keypoints; image i of every batch is taken for one of camera i."""
        while len(self._detectors) < len(images):
            self._detectors.append(create_detector(self.method.handcrafted))
        found = []
        for image, detector in zip(images, self._detectors, strict=False):
            with self.timings.timed('detect'):
                found.append(detector(to_grey(image), config.max_keypoints, config))
        return found

    def _see(self, images: Sequence[np.ndarray],
             card: ModelCard) -> tuple[list[list[np.ndarray]], list[np.ndarray | None]]:
        """Return what f reads windows off, and h's map, of each image: all but keypoints."""
        return [self._fusion.levels(image) for image in images], self._maps(images, card)

    def _maps(self, images: Sequence[np.ndarray], card: ModelCard) -> list[np.ndarray | None]:
        """Return h's map (C, H / s, W / s) of each image, None where f does not read it."""
        if self._network is None:
            return [None] * len(images)
        if len({image.shape[:2] for image in images}) > 1:
            return [dense for image in images for dense in self._maps([image], card)]
        with self.timings.timed('prepare'):
            prepared = prepare(images, card, self._shrink)
        with self.timings.timed('h'):
            return list(self._network(prepared))
