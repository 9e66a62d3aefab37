# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""s: how likely a keypoint is found and matched rightly in another view, before it has a row.

A detector's response says how strong a keypoint is, not whether it is told from others.
"""
from __future__ import annotations

import copy
import dataclasses

import numpy as np

from residual_features_ros.backends import Backend
from residual_features_ros.errors import ModelCardError
from residual_features_ros.model_card import ModelCard
from residual_features_ros.rows.pyramid import View
from residual_features_ros.rows.windows import Window, keypoint_rows, read_windows
from residual_features_ros.timings import Timings
from residual_features_ros.types import Features

INPUTS = ('windows', 'facts')  # model_card.ModelCard has their shapes
FACTS = 3  # of a keypoint
LEAST_RESPONSE = 1e-12


def facts_of(features: Features) -> np.ndarray:
    """Return (N, 3) float32: logarithms of response and diameter, and the octave."""
    return np.stack([np.log(features.responses + np.float32(LEAST_RESPONSE)),
                     np.log(features.sizes), features.octaves], 1, dtype=np.float32)


class Scorer:
    """The network s of a card, loaded."""

    def __init__(self, card: ModelCard, backend: Backend, threads: int, timings: Timings) -> None:
        """Load s; ModelCardError where it declares an input that nobody here can give."""
        self._card, self._timings = card, timings
        self._session = backend.open_session(card.path('s'), threads, 'fp32')
        unknown = set(self._session.inputs) - set(INPUTS)
        if unknown:
            raise ModelCardError(f'{card.path("s")}: declares the input {min(unknown)!r}; '
                                 f'known: {", ".join(INPUTS)}')
        self._windows = [Window(*window) for window in card.score_windows]

    def twin(self, timings: Timings) -> Scorer:
        """Return one that is timed apart and shares the network."""
        twin = copy.copy(self)
        twin._timings = timings
        return twin

    def __call__(self, features: Features, view: View) -> Features:
        """Return features with their scores as responses, in [0, 1], the highest first."""
        if not len(features):
            return features
        with self._timings.timed('score'):
            upright = keypoint_rows(features)
            upright[:, 3] = 0
            known = {'windows': read_windows(view.levels, upright, self._windows,
                                             self._card.score_samples),
                     'facts': facts_of(features)}
            scores = self._session.run({name: known[name] for name in self._session.inputs})[0]
        scored = dataclasses.replace(features, responses=scores)
        return scored.take(np.argsort(-scores, kind='stable'))
