# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""f: rows about keypoints, of h's map, windows and hand-crafted descriptors -> descriptors.

Where the card has a network b, these are made binary.
"""
from __future__ import annotations

import copy
import dataclasses

import numpy as np

from residual_features_ros.backends import Backend, Session
from residual_features_ros.backends.chain import Chain
from residual_features_ros.binary import Binary
from residual_features_ros.errors import ModelCardError
from residual_features_ros.model_card import ModelCard
from residual_features_ros.rows.pyramid import View
from residual_features_ros.rows.windows import Window, keypoint_rows, read_windows
from residual_features_ros.sampling import sample
from residual_features_ros.timings import Timings
from residual_features_ros.types import Features, float_rows

INPUTS = ('sampled', 'handcrafted', 'windows')  # model_card.ModelCard has their shapes


class Fusion:
    """The network f of a card, loaded."""

    def __init__(self, card: ModelCard, chain: Chain, threads: int, precision: str,
                 timings: Timings) -> None:
        """Load f; ModelCardError where it declares an input that nobody here can give."""
        self._card, self._chain, self._precision, self._timings = card, chain, precision, timings

        def opened(backend: Backend) -> Session:
            file = 'f_int8' if runs_int8(card, precision, backend) else 'f'
            return backend.open_session(card.path(file), threads, precision, alone=True)

        self._session = chain.open(opened)
        self.inputs = self._session.inputs
        card.check_outputs('f', self._session.outputs, 'descriptors')
        if 'sampled' in self.inputs and 'h' not in card.files:
            raise ModelCardError(f'{card.path("f")}: declares the input sampled, '
                                'expected a network h on its card, found none')
        for name in self.inputs:
            if name not in INPUTS:
                raise ModelCardError(f'{card.path("f")}: declares the input {name!r}; '
                                    f'known: {", ".join(INPUTS)}')
        self._binary = Binary(card, chain, threads, timings) if 'b' in card.files else None
        self._windows = [Window(*window) for window in card.windows]
        if 'windows' in self.inputs and not self._windows:
            raise ModelCardError(f'{card.path("f")}: declares the input windows, '
                                'expected windows on its card, found none')

    @property
    def description(self) -> str:
        """What runs f."""
        return self._session.description

    @property
    def note(self) -> str:
        """What is to be said of f beside what runs h."""
        quantised = runs_int8(self._card, self._precision, self._chain.backend)
        return ', f in int8' if quantised else ''

    def twin(self, timings: Timings) -> Fusion:
        """Return one that is timed apart and shares the network."""
        twin = copy.copy(self)
        twin._timings = timings
        twin._binary = self._binary.twin(timings) if self._binary else None
        return twin

    def __call__(self, features: Features, view: View,
                 dense: np.ndarray | None = None, stride: int = 0) -> Features:
        """Replace the hand-crafted descriptors by those of f.

        Args:
            features: hand-crafted.
            view: the image.
            dense: (dense_dim, H / stride, W / stride) h's map of it, where f takes `sampled`.
            stride: pixels of the image to a cell of `dense`.

        Raises:
            ModelCardError: the hand-crafted descriptors are not those that f was trained with.
        """
        handcrafted = float_rows(features.descriptors)
        found = handcrafted.shape[1]
        if 'handcrafted' in self.inputs and found != self._card.handcrafted_dim:
            raise ModelCardError(
                f'{self._card.path("f")}: expected {self._card.handcrafted} descriptors of '
                f'{self._card.handcrafted_dim} values, found {found}')
        if not len(features):
            return self._described(features, view, np.zeros((0, self._card.dim), np.float32))
        known = {'handcrafted': handcrafted}
        if dense is not None:
            with self._timings.timed('sample'):
                known['sampled'] = sample(dense, features.keypoints, stride)
        if 'windows' in self.inputs:
            with self._timings.timed('levels'):
                levels = view.levels  # made already where the detector reads them
            with self._timings.timed('windows'):
                known['windows'] = read_windows(levels, keypoint_rows(features), self._windows,
                                                self._card.window_samples)
        with self._timings.timed('f'):
            descriptors = self._session.run(
                {name: known[name] for name in self.inputs})['descriptors']
        return self._described(features, view, descriptors)

    def _described(self, features: Features, view: View, descriptors: np.ndarray) -> Features:
        if self._binary:
            descriptors = self._binary(descriptors, features, view)
        return dataclasses.replace(features, descriptors=descriptors)


def runs_int8(card: ModelCard, precision: str, backend: Backend) -> bool:
    """Return whether a backend is given f's int8 form."""
    return 'f_int8' in card.files and precision in ('auto', 'int8') and backend.TAKES_DYNAMIC_INT8
