# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""p: where exactly a keypoint is, which a network reads off the image around it.

A detector places a keypoint by a quadratic through a few samples of one image. p has learned what
the same place looks like in two views, and moves each keypoint by less than its radius.
"""
from __future__ import annotations

import copy
import dataclasses

import numpy as np

from residual_features_ros.backends.chain import Chain
from residual_features_ros.errors import ModelCardError
from residual_features_ros.model_card import ModelCard
from residual_features_ros.rows.pyramid import View
from residual_features_ros.rows.windows import Window, keypoint_rows, read_windows
from residual_features_ros.timings import Timings
from residual_features_ros.types import Features


class Places:
    """The network p of a card, loaded."""

    def __init__(self, card: ModelCard, chain: Chain, threads: int, timings: Timings) -> None:
        """Load p; ModelCardError where it takes anything but windows or gives no offsets."""
        self._card, self._timings = card, timings
        self._session = chain.open(
            lambda backend: backend.open_session(card.path('p'), threads, 'fp32'))
        if self._session.inputs != ('windows',):
            raise ModelCardError(f'{card.path("p")}: expected the input windows, found '
                                 f'{", ".join(self._session.inputs)}')
        card.check_outputs('p', self._session.outputs, 'offsets')

    def twin(self, timings: Timings) -> Places:
        """Return one that is timed apart and shares the network."""
        twin = copy.copy(self)
        twin._timings = timings
        return twin

    def __call__(self, features: Features, view: View) -> Features:
        """Return features at their exact places, in the same order and inside the image."""
        if not len(features):
            return features
        with self._timings.timed('places'):
            windows = read_windows(view.levels, keypoint_rows(features),
                                   [Window(self._card.place_side, turned=False)],
                                   self._card.place_samples)
            offsets = self._session.run({'windows': windows})['offsets']
            moved = features.keypoints + offsets * features.sizes[:, None]
            last = np.array(features.image_size, np.float32) - 1
            return dataclasses.replace(
                features, keypoints=np.clip(moved, 0, last).astype(np.float32))
