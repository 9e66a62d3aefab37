# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The whole networks of a method in a folder: which one takes an image, opened once."""
from __future__ import annotations

import logging
import threading
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.backends import Backend, Session
from residual_features_ros.backends.chain import Chain
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.errors import ConfigError, ModelCardError
from residual_features_ros.keypoints.table import DETECTORS
from residual_features_ros.model_card import weights_folder
from residual_features_ros.pipelines import Pipeline, create_pipeline, open_card
from residual_features_ros.registry import METHODS
from residual_features_ros.timings import Timings
from residual_features_ros.whole_card import (
    NETWORK,
    OUTPUTS,
    WholeCard,
    export_command,
    load_whole_cards,
)

log = logging.getLogger(__name__)
SIZE = 640, 480  # of images, for an example
PRECISIONS = ('auto', 'fp16', 'fp32')  # in others keypoints would move


class WholeNetworks:
    """What the threads of an extractor share: networks, and the way of images of other sizes."""

    def __init__(self, config: ExtractorConfig) -> None:
        """Open all networks that obey `config`; see whole.Whole for the errors."""
        if not METHODS[config.method].network:
            raise ConfigError(f'front_end whole: {config.method} has no networks, and runs with '
                              'front_end split alone')
        if config.precision not in PRECISIONS:
            raise ConfigError(f'front_end whole has no precision {config.precision}, in which '
                              'keypoints would move: set precision to auto')
        self._config = config
        folder = weights_folder(config.weights)
        self.cards = load_whole_cards(config.method, folder)
        if not self.cards:
            raise ModelCardError(f'{folder}: expected a whole network of {config.method}, found '
                                 f'none; {remedy(config, SIZE)}')
        self.method_card = open_card(config)
        for card in self.cards:
            if card.networks != self.method_card.sha256:
                raise ModelCardError(
                    f'{folder / card.name}.json: expected the networks of {config.method}.json '
                    f'in it, {self.method_card.sha256}, found {card.networks}')
        obeying = self.obeying(config)
        self._chain = Chain(config.backend)
        self._lock = threading.Lock()
        self._announced: set[str] = set()
        self._split: Pipeline | None = None
        self._sessions: dict[str, Session] = {}
        for card in obeying:
            self._session(card)

    @property
    def sizes(self) -> str:
        """Return the sizes of images that there are networks for, in words."""
        return ', '.join(dict.fromkeys(f'{card.width}x{card.height}' for card in self.cards))

    @property
    def description(self) -> str:
        """What runs the networks, and for which images."""
        session = next(iter(self._sessions.values()))
        return f'{session.description}, whole front end for {self.sizes}'

    @property
    def backend(self) -> str:
        """The name of what runs the networks now."""
        return self._chain.name

    def obeying(self, config: ExtractorConfig) -> list[WholeCard]:
        """Return the cards of networks that do what settings say.

        Raises:
            ConfigError: there is none; the message has the reasons.
        """
        refuse(config)
        reasons = {card.name: conflicts(card, config) for card in self.cards}
        obeying = [card for card in self.cards if not reasons[card.name]]
        if not obeying:
            words = '; '.join(f'{name}: {", ".join(why)}' for name, why in reasons.items())
            size = self.cards[0].width, self.cards[0].height
            raise ConfigError(f'no whole network obeys the settings ({words}): change them, or '
                              f'{remedy(config, size, self.cards[0])}')
        return obeying

    def serving(self, image: np.ndarray, config: ExtractorConfig) -> WholeCard | None:
        """Return the card of the network for an image, None where none has its size.

        It is one of the image's colours, if there is such, and of no more keypoints than needed.
        """
        height, width = image.shape[:2]
        fitting = [card for card in self.obeying(config)
                   if (card.width, card.height) == (width, height)]
        channels = 3 if image.ndim == 3 else 1
        return min(fitting, key=lambda card: (card.channels != channels, card.keypoints),
                   default=None)

    def run(self, card: WholeCard, batch: np.ndarray) -> dict[str, np.ndarray]:
        """Return whole_card.OUTPUTS of a batch (B, channels, H, W) uint8."""
        return self._session(card).run({'image': batch})

    def _session(self, card: WholeCard) -> Session:
        """Return the loaded network of a card, which is loaded where live settings first want it.

        Raises:
            ModelCardError: it takes something else than images, or gives something else.
        """
        with self._lock:
            if card.name not in self._sessions:
                path = card.path(NETWORK)
                session = self._chain.open(partial(self._opened, path))
                if tuple(session.inputs) != ('image',):
                    raise ModelCardError(f'{path}: expected the input image, found '
                                         f'{", ".join(session.inputs)}')
                card.check_outputs(NETWORK, session.outputs, *OUTPUTS)
                self._sessions[card.name] = session
            return self._sessions[card.name]

    def _opened(self, path: Path, backend: Backend) -> Session:
        """Return a network opened by a backend, in a precision that keeps keypoints' places."""
        asked = self._config.precision
        return backend.open_session(path, self._config.threads, backend.PRECISION_OF_WHOLE
                                    if asked == 'auto' else asked)

    def split(self, timings: Timings) -> Pipeline:
        """Return the pipeline for images of other sizes, which is loaded when the first comes."""
        with self._lock:
            if self._split is None:
                self._split = create_pipeline(self._config, timings)
            return self._split.twin(timings)

    def announce_size(self, image: np.ndarray) -> None:
        """Say that no network takes images of a size, at the first of them."""
        height, width = image.shape[:2]
        self.announce(f'{width}x{height}', (
            f'no whole network of {self._config.method} takes images of {width}x{height} with '
            f'these settings, there are some of {self.sizes}: front_end split takes them; '
            f'{remedy(self._config, (width, height))}'))

    def announce(self, about: str, words: str) -> None:
        """Warn once of what is the same for all threads and images."""
        with self._lock:
            is_new = about not in self._announced
            self._announced.add(about)
        if is_new:
            log.warning(words)


def refuse(config: ExtractorConfig) -> None:
    """Raise ConfigError for settings that no whole network obeys, whatever it was made with."""
    row = DETECTORS.get(METHODS[config.method].detector)
    if config.spread:
        raise ConfigError('spread: a whole network cannot obey it: set it to 0')
    if row and row.repeats and config.orientations > 1:
        raise ConfigError('orientations: a whole network has one for each place: set it to 0')
    if row and row.finder == 'sift' and config.sift_rows != ExtractorConfig.sift_rows:
        raise ConfigError(f'sift_rows: a whole network cannot obey {config.sift_rows}: set it to '
                          f'{ExtractorConfig.sift_rows}')


def conflicts(card: WholeCard, config: ExtractorConfig) -> list[str]:
    """Return what settings ask for that a network does otherwise, in words."""
    words = [f'{name} is {fixed(card)[name]} in it' for name in differing(card, config)]
    if config.max_keypoints > card.keypoints:
        words.append(f'max_keypoints is above its {card.keypoints}')
    return words


def differing(card: WholeCard, config: ExtractorConfig) -> dict[str, Any]:
    """Return the settings that are others than those that are fixed in a network."""
    return {name: getattr(config, name, None) for name, value in fixed(card).items()
            if getattr(config, name, None) != value}


def fixed(card: WholeCard) -> dict[str, Any]:
    """Return the settings that a network was made with.

    A card of a learned detector that does not name nms_radius is older than that setting.
    """
    if 'score_threshold' not in card.settings:
        return card.settings
    return {'nms_radius': ExtractorConfig.nms_radius, **card.settings}


def remedy(config: ExtractorConfig, size: tuple[int, int], other: WholeCard | None = None) -> str:
    """Return the words that say how a whole network for settings is made.

    Args:
        config: the settings.
        size: (width, height) of the images.
        other: the card of a network that does not obey them.
    """
    settings = differing(other, config) if other else {}
    command = export_command(config.method, size, config.max_keypoints, settings=settings)
    return f'"{command} --out DIR" writes one, and weights names its folder'
