# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""b: float descriptors of f -> binary ones, which a back-end compares by Hamming's distance.

A bit is the sign of what network b gives: training/methods/binary trains it.
"""
from __future__ import annotations

import copy

import numpy as np

from residual_features_ros.backends import Backend
from residual_features_ros.errors import ModelCardError
from residual_features_ros.model_card import ModelCard
from residual_features_ros.timings import Timings


class Binary:
    """The network b of a card, loaded."""

    def __init__(self, card: ModelCard, backend: Backend, threads: int, timings: Timings) -> None:
        """Load b; ModelCardError where it takes anything but descriptors."""
        self._card, self._timings = card, timings
        self._session = backend.open_session(card.path('b'), threads, 'fp32', alone=True)
        if self._session.inputs != ('descriptors',):
            raise ModelCardError(f'{card.path("b")}: expected the input descriptors, found '
                                 f'{", ".join(self._session.inputs)}')

    def twin(self, timings: Timings) -> Binary:
        """Return one that is timed apart and shares the network."""
        twin = copy.copy(self)
        twin._timings = timings
        return twin

    def __call__(self, descriptors: np.ndarray) -> np.ndarray:
        """Return (N, bits / 8) uint8 of descriptors (N, dim), the first bit the highest of a byte.

        Raises:
            ModelCardError: b gives another number of bits than its card says.
        """
        if not len(descriptors):
            return np.zeros((0, self._card.bits // 8), np.uint8)
        with self._timings.timed('b'):
            signs = self._session.run({'descriptors': descriptors})[0]
            if signs.shape[1] != self._card.bits:
                raise ModelCardError(f'{self._card.path("b")}: expected {self._card.bits} bits as '
                                     f'its card says, found {signs.shape[1]}')
            return np.packbits(signs > 0, axis=1)
