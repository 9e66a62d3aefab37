# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""b: float descriptors of f -> binary ones, which a back-end compares by Hamming's distance.

A bit is the sign of what network b gives: training/methods/residual/bits.py trains it. b may
correct the bits of a hand-crafted descriptor, which are then computed here.
"""
from __future__ import annotations

import copy

import numpy as np

from residual_features_ros.backends.chain import Chain
from residual_features_ros.errors import ModelCardError
from residual_features_ros.keypoints.boosted import Boosted
from residual_features_ros.model_card import ModelCard
from residual_features_ros.rows.pyramid import View
from residual_features_ros.rows.windows import keypoint_rows
from residual_features_ros.timings import Timings
from residual_features_ros.types import Features

INPUTS = ('descriptors',), ('descriptors', 'teblid')  # model_card.ModelCard has their shapes


class Binary:
    """The network b of a card, loaded, and what finds the bits that it corrects."""

    def __init__(self, card: ModelCard, chain: Chain, threads: int, timings: Timings) -> None:
        """Load b.

        Raises:
            ModelCardError: it takes anything but descriptors and teblid, or gives no signs.
            ImportError: it takes teblid and OpenCV is built without.
        """
        self._card, self._timings = card, timings
        self._session = chain.open(
            lambda backend: backend.open_session(card.path('b'), threads, 'fp32', alone=True))
        if self._session.inputs not in INPUTS:
            raise ModelCardError(f'{card.path("b")}: expected the input descriptors, and perhaps '
                                 f'teblid, found {", ".join(self._session.inputs)}')
        card.check_outputs('b', self._session.outputs, 'signs')
        self._teblid = Boosted('TEBLID') if 'teblid' in self._session.inputs else None

    def twin(self, timings: Timings) -> Binary:
        """Return one that is timed apart and shares the network."""
        twin = copy.copy(self)
        twin._timings = timings
        twin._teblid = Boosted('TEBLID') if self._teblid else None
        return twin

    def __call__(self, descriptors: np.ndarray, features: Features, view: View) -> np.ndarray:
        """Return (N, bits / 8) uint8, the first bit the highest of a byte.

        Args:
            descriptors: (N, dim) of f.
            features: their keypoints.
            view: the image.

        Raises:
            ModelCardError: b gives another number of bits than its card says.
        """
        if not len(descriptors):
            return np.zeros((0, self._card.bits // 8), np.uint8)
        known = {'descriptors': descriptors}
        if self._teblid:
            with self._timings.timed('teblid'):
                known['teblid'] = self._teblid.rows(view.grey, keypoint_rows(features))
        with self._timings.timed('b'):
            signs = self._session.run(known)['signs']
            if signs.shape[1] != self._card.bits:
                raise ModelCardError(f'{self._card.path("b")}: expected {self._card.bits} bits as '
                                     f'its card says, found {signs.shape[1]}')
            return np.packbits(signs > 0, axis=1)
