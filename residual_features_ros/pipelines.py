# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""images -> Features in three ways.

- Handcrafted: g finds and describes.
- Fused: g finds and describes while h sees the image, then f joins what both say.
- Learned: h finds, then f describes.
"""
from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat
from typing import Protocol

import numpy as np

from residual_features_ros.backends.chain import Chain
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.detection import DetectorCard, as_set, find
from residual_features_ros.errors import ModelCardError
from residual_features_ros.fusion import Fusion
from residual_features_ros.image import to_grey
from residual_features_ros.keypoints.table import DETECTORS, Place, create_detector, extract
from residual_features_ros.levels import Levels
from residual_features_ros.mask import Mask
from residual_features_ros.model_card import ModelCard, card_path, load_card
from residual_features_ros.network import DenseNetwork, NoNetwork, expected_images
from residual_features_ros.places import Places
from residual_features_ros.registry import METHODS
from residual_features_ros.rows.pyramid import View
from residual_features_ros.timings import Timings
from residual_features_ros.types import Features, PyramidScales
from residual_features_ros.whole_card import WholeCard

LEARNED_LEVELS = 12  # keypoints have one size, times network_shrink, which is 8 at most


class Pipeline(Protocol):
    """What each of the three is, and whole.Whole."""

    @property
    def card(self) -> ModelCard | None:
        """The card of its networks, None where it has none."""

    @property
    def scales(self) -> PyramidScales:
        """The pyramid that its keypoints are found in."""

    @property
    def levels(self) -> Levels:
        """What back-ends may take the sizes of its keypoints for."""

    @property
    def backend_description(self) -> str:
        """What runs its networks."""

    @property
    def backend(self) -> str:
        """The name, of BACKENDS, of what runs its networks now, '' where it has none."""

    def __call__(self, images: Sequence[np.ndarray], config: ExtractorConfig,
                 masks: Sequence[Mask | None] = ()) -> list[Features]:
        """Find and describe keypoints.

        Args:
            images: (H, W) grey or (H, W, 3) BGR uint8; image i of every call is taken for one of
                camera i.
            config: the live settings of this call; the others were read when it was made.
            masks: where the keypoints of each image may be, None or no masks for everywhere.
        """

    @property
    def first_size(self) -> tuple[int, int]:
        """The (width, height) of an image that warms it up."""

    @property
    def whole_cards(self) -> Sequence[WholeCard]:
        """The cards of the whole networks that it may run."""

    def twin(self, timings: Timings) -> Pipeline:
        """Return one for another thread, which shares the loaded networks."""

    def check(self, config: ExtractorConfig) -> None:
        """Raise ConfigError for live settings that it cannot obey."""


class OfAnySize:
    """What pipelines are alike in that take images of any size and obey all live settings."""

    first_size = 64, 64
    whole_cards: Sequence[WholeCard] = ()

    def check(self, config: ExtractorConfig) -> None:
        """Refuse none."""


class Handcrafted(OfAnySize):
    """A detector finds and describes."""

    card = None
    backend_description, backend = 'none needed', ''

    def __init__(self, config: ExtractorConfig, timings: Timings) -> None:
        """Create the detector; ImportError names what it needs."""
        self._name, self._timings = METHODS[config.method].detector, timings
        self._detectors = [create_detector(self._name)]  # one for each camera
        self._row = DETECTORS[self._name]
        self.scales, self.levels = self._row.scales, self._row.levels

    def twin(self, timings: Timings) -> Handcrafted:
        """Return one for another thread."""
        twin = copy.copy(self)
        twin._timings, twin._detectors = timings, [create_detector(self._name)]
        return twin

    def __call__(self, images: Sequence[np.ndarray], config: ExtractorConfig,
                 masks: Sequence[Mask | None] = ()) -> list[Features]:
        """Find and describe keypoints; see Pipeline."""
        return self.of_views([View(to_grey(image)) for image in images], config, masks)

    def of_views(self, views: Sequence[View], config: ExtractorConfig,
                 masks: Sequence[Mask | None] = (), place: Place | None = None) -> list[Features]:
        """Do the same with images that are views already; see keypoints.table.extract."""
        while len(self._detectors) < len(views):
            self._detectors.append(create_detector(self._name))
        fused = bool(METHODS[config.method].network)
        return [extract(self._row, detector, view, config, mask, fused, self._timings, place)
                for view, detector, mask in zip(views, self._detectors, chain(
                    masks, repeat(None)), strict=False)]


class Fused(OfAnySize):
    """A detector finds, p places, rows are read, while h sees the image; f joins what they say."""

    def __init__(self, config: ExtractorConfig, timings: Timings) -> None:
        """Load networks f and, where f reads its map, h; see create_extractor for the errors."""
        self._handcrafted = Handcrafted(config, timings)
        self.scales, self.levels = self._handcrafted.scales, self._handcrafted.levels
        chain, self.card = Chain(config.backend), open_card(config)
        self._chain = chain
        self._fusion = Fusion(self.card, chain, config.threads, config.precision, timings)
        self._places = Places(self.card, chain, config.threads, timings) \
            if 'p' in self.card.files else None
        self._network = open_dense(self.card, chain, config, timings) \
            if 'sampled' in self._fusion.inputs else NoNetwork()
        self._beside = ThreadPoolExecutor(1, thread_name_prefix='beside')

    @property
    def backend_description(self) -> str:
        """What runs its networks now."""
        return (self._network.description or f'{self._fusion.description}, f alone without h') \
            + self._fusion.note

    @property
    def backend(self) -> str:
        """The name of what runs its networks now."""
        return self._chain.name

    def twin(self, timings: Timings) -> Fused:
        """Return one for another thread, which shares the loaded networks."""
        twin = copy.copy(self)
        twin._handcrafted = self._handcrafted.twin(timings)
        twin._fusion, twin._network = self._fusion.twin(timings), self._network.twin(timings)
        twin._places = self._places.twin(timings) if self._places else None
        twin._beside = ThreadPoolExecutor(1, thread_name_prefix='beside')
        return twin

    def __call__(self, images: Sequence[np.ndarray], config: ExtractorConfig,
                 masks: Sequence[Mask | None] = ()) -> list[Features]:
        """Find and describe keypoints; see Pipeline."""
        shrink = config.network_shrink or self.card.shrink
        views = [View(to_grey(image)) for image in images]
        seen = self._beside.submit(self._network.see, images, shrink)
        place = self._places if config.places == 'learned' else None
        found = self._handcrafted.of_views(views, config, masks, place)
        return [self._fusion(features, view, maps.get('dense'), self.card.stride * shrink)
                for features, view, maps in zip(found, views, seen.result(), strict=True)]


class Learned(OfAnySize):
    """h finds keypoints, f describes them."""

    scales = PyramidScales()

    def __init__(self, config: ExtractorConfig, timings: Timings) -> None:
        """Load networks h and f; see create_extractor for the errors."""
        self._chain = chain = Chain(config.backend)
        self.card, self._timings = open_card(config), timings
        self._detector = detector_of(self.card)
        self.levels = learned_levels(self._detector)
        self._fusion = Fusion(self.card, chain, config.threads, config.precision, timings)
        self._network = open_dense(self.card, chain, config, timings)

    @property
    def backend_description(self) -> str:
        """What runs its networks now."""
        return self._network.description

    @property
    def backend(self) -> str:
        """The name of what runs its networks now."""
        return self._chain.name

    def twin(self, timings: Timings) -> Learned:
        """Return one for another thread, which shares the loaded networks."""
        twin = copy.copy(self)
        twin._timings = timings
        twin._fusion, twin._network = self._fusion.twin(timings), self._network.twin(timings)
        return twin

    def __call__(self, images: Sequence[np.ndarray], config: ExtractorConfig,
                 masks: Sequence[Mask | None] = ()) -> list[Features]:
        """Find and describe keypoints; see Pipeline."""
        shrink = config.network_shrink or self.card.shrink
        seen = zip(images, self._network.see(images, shrink), chain(masks, repeat(None)),
                   strict=False)
        return [self._describe(image, maps, shrink, config, mask) for image, maps, mask in seen]

    def describe(self, image: np.ndarray, found: Features, config: ExtractorConfig) -> Features:
        """Describe keypoints that others have found in an image; see Pipeline."""
        shrink = config.network_shrink or self.card.shrink
        return self._read(image, found, self._network.see([image], shrink)[0], shrink)

    def _describe(self, image: np.ndarray, maps: Mapping[str, np.ndarray], shrink: int,
                  config: ExtractorConfig, mask: Mask | None) -> Features:
        """Return the keypoints of one image that its maps show, described."""
        with self._timings.timed('detect'):
            found = find(maps, as_set(self._detector, config), image.shape[1::-1],
                         config.max_keypoints, shrink, mask)
        return self._read(image, found, maps, shrink)

    def _read(self, image: np.ndarray, found: Features, maps: Mapping[str, np.ndarray],
              shrink: int) -> Features:
        return self._fusion(found, View(to_grey(image)), maps.get('dense'),
                            self.card.stride * shrink)


def open_dense(card: ModelCard, chain: Chain, config: ExtractorConfig,
               timings: Timings) -> DenseNetwork:
    """Load network h for the images that some settings let through."""
    expected = expected_images(card, config.network_shrink or card.shrink, config.max_size)
    return DenseNetwork(card, chain, config.threads, config.precision, timings, expected)


def open_card(config: ExtractorConfig) -> ModelCard:
    """Return the card of a method; ModelCardError where its keypoints are found otherwise."""
    card, expected = load_card(config.method, config.weights), METHODS[config.method].detector
    path = card_path(card.method, card.folder)
    if card.handcrafted != expected:
        raise ModelCardError(f'{path}: expected weights for {expected}, found {card.handcrafted}')
    if expected and card.detector:
        raise ModelCardError(f'{path}: expected no detector on the card, since {expected} finds '
                             'the keypoints')
    return card


def detector_of(card: ModelCard) -> DetectorCard:
    """Return how h finds keypoints; ModelCardError where the card does not say it."""
    if card.detector is None:
        raise ModelCardError(f'{card.folder / card.method}.json: expected a detector on the card, '
                             'found none')
    return card.detector


def learned_levels(detector: DetectorCard) -> Levels:
    """Return what back-ends may take the sizes of learned keypoints for."""
    return Levels(detector.size, LEARNED_LEVELS)


def create_pipeline(config: ExtractorConfig, timings: Timings) -> Pipeline:
    """Load the split pipeline of a method; see create_extractor for the errors."""
    method = METHODS[config.method]
    if not method.network:
        return Handcrafted(config, timings)
    return Fused(config, timings) if method.detector else Learned(config, timings)
