# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""images -> Features by one network that finds and describes: the setting front_end whole.

Such a network takes images of one size; others take the way of pipelines.create_pipeline.
"""
from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.image import to_bgr, to_grey
from residual_features_ros.keypoints.table import DETECTORS
from residual_features_ros.mask import Mask
from residual_features_ros.pipelines import Pipeline, detector_of, learned_levels
from residual_features_ros.registry import METHODS
from residual_features_ros.timings import Timings
from residual_features_ros.types import Features, PyramidScales
from residual_features_ros.whole_card import OUTPUTS, WholeCard
from residual_features_ros.whole_networks import WholeNetworks


class Whole:
    """One run of a network for all images of a call that have its size.

    Masks choose among what it found, so that fewer keypoints may be left than were asked for.
    """

    def __init__(self, config: ExtractorConfig, timings: Timings) -> None:
        """Load the networks whose settings are those of `config`.

        Raises:
            ConfigError: a setting that none of them obeys; create_extractor has more errors.
        """
        self._networks, self._timings = WholeNetworks(config), timings
        self._split: Pipeline | None = None
        self.card, first = self._networks.method_card, self._networks.obeying(config)[0]
        self.first_size = first.width, first.height
        self.whole_cards = self._networks.cards
        if METHODS[config.method].detector:
            row = DETECTORS[METHODS[config.method].detector]
            self.scales, self.levels = row.scales, row.levels
        else:
            self.scales, self.levels = PyramidScales(), learned_levels(detector_of(self.card))

    @property
    def backend_description(self) -> str:
        """What runs the networks, and for which images."""
        return self._networks.description

    @property
    def backend(self) -> str:
        """The name of what runs the networks now."""
        return self._networks.backend

    def twin(self, timings: Timings) -> Whole:
        """Return one for another thread, which shares the loaded networks."""
        twin = copy.copy(self)
        twin._timings, twin._split = timings, None
        return twin

    def check(self, config: ExtractorConfig) -> None:
        """Raise ConfigError for settings that no network obeys."""
        self._networks.obeying(config)

    def __call__(self, images: Sequence[np.ndarray], config: ExtractorConfig,
                 masks: Sequence[Mask | None] = ()) -> list[Features]:
        """Find and describe keypoints; see Pipeline."""
        masks = masks or [None] * len(images)
        groups: dict[str, tuple[WholeCard | None, list[int]]] = {}
        for number, image in enumerate(images):
            card = self._networks.serving(image, config)
            groups.setdefault(card.name if card else '', (card, []))[1].append(number)
        found: dict[int, Features] = {}
        for card, numbers in groups.values():
            some = [images[number] for number in numbers], [masks[number] for number in numbers]
            found |= zip(numbers, self._run(card, *some, config.max_keypoints) if card
                         else self._run_split(*some, config), strict=True)
        return [found[number] for number in range(len(images))]

    def _run(self, card: WholeCard, images: Sequence[np.ndarray], masks: Sequence[Mask | None],
             most: int) -> list[Features]:
        """Return the features of images of a network's size."""
        with self._timings.timed('prepare'):
            batch = batch_of(images, card.channels)
        with self._timings.timed('whole'):
            outputs = self._networks.run(card, batch)
        found = []
        for number, mask in enumerate(masks):
            features = features_of(outputs, number, (card.width, card.height))
            if mask is not None:
                allowed = mask.keep(features)
                if len(allowed) < most <= len(features):
                    self._networks.announce(
                        'mask', f'{card.name}: masks leave fewer keypoints than max_keypoints '
                        f'{most}, and nothing in the place of others: export a network of more '
                        '--keypoints')
                features = allowed
            found.append(features.take(np.arange(min(most, len(features)))))
        return found

    def _run_split(self, images: Sequence[np.ndarray], masks: Sequence[Mask | None],
                   config: ExtractorConfig) -> list[Features]:
        """Return the features of images that no network takes."""
        if self._split is None:
            self._split = self._networks.split(self._timings)
        for image in images:
            self._networks.announce_size(image)
        return self._split(images, config, masks)


def batch_of(images: Sequence[np.ndarray], channels: int) -> np.ndarray:
    """Return what a whole network takes, (B, channels, H, W) uint8.

    Args:
        images: (H, W) grey or (H, W, 3) BGR uint8, of one size.
        channels: 1 for grey, 3 for RGB.
    """
    if channels == 1:
        return np.stack([to_grey(image) for image in images])[:, None]
    colour = [to_bgr(image) for image in images]
    return np.asarray(cv2.dnn.blobFromImages(colour, swapRB=True, ddepth=cv2.CV_8U))


def features_of(found: Mapping[str, np.ndarray], number: int, size: tuple[int, int]) -> Features:
    """Return the features of an image of a batch, off the outputs of a whole network.

    Args:
        found: whole_card.OUTPUTS.
        number: of the image in the batch.
        size: its (width, height).
    """
    count = int(found['count'][number])
    kept = {name: found[name][number, :count] for name in OUTPUTS[:-1]}
    responses = kept.pop('scores')
    return Features(**kept, responses=responses, image_size=size)
