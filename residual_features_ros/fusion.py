# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""f: dense map, keypoints and hand-crafted descriptors -> descriptors, through a backend."""
from __future__ import annotations

import dataclasses

import numpy as np

from residual_features_ros.artifact import ArtifactError, Card
from residual_features_ros.backends import Backend
from residual_features_ros.types import Features


def keypoint_rows(features: Features) -> np.ndarray:
    """Return (N, 4) float32 rows x, y, size, angle, the form in which f takes keypoints."""
    columns = (features.keypoints, features.sizes[:, None], features.angles[:, None])
    return np.concatenate(columns, 1, dtype=np.float32)


class Fusion:
    """The network f of a card, loaded."""

    def __init__(self, card: Card, backend: Backend, threads: int) -> None:
        """Load f."""
        self._card = card
        self._session = backend.open_session(card.path('f'), threads)

    def __call__(self, dense: np.ndarray, features: Features) -> Features:
        """Replace the hand-crafted descriptors by the fused ones.

        Args:
            dense: (1, C, H/s, W/s), h's map of the image.
            features: hand-crafted, in pixels of the image that h saw.

        Raises:
            ArtifactError: the hand-crafted descriptors are not those that f was trained with.
        """
        found = features.descriptors.shape[1]
        if found != self._card.handcrafted_dim:
            raise ArtifactError(
                f'{self._card.path("f")}: expected {self._card.handcrafted} descriptors of '
                f'{self._card.handcrafted_dim} values, found {found}')
        if not len(features):
            return dataclasses.replace(
                features, descriptors=np.zeros((0, self._card.dim), np.float32))
        descriptors = self._session.run({
            'dense': dense, 'keypoints': keypoint_rows(features),
            'handcrafted': features.descriptors})[0]
        return dataclasses.replace(features, descriptors=descriptors)
