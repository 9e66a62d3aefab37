# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs of frames of a sequence with hand-crafted keypoints: chained matches say which correspond.

Of a place that no chain leads to nothing is known: such a keypoint of the first view is neither
right nor wrong anywhere. In the second view all count, since a place has one partner.
"""
from __future__ import annotations

import numpy as np

from residual_features_ros.geometry.homography import transform
from residual_features_ros.rows.windows import keypoint_rows
from residual_features_ros.types import float_rows
from training.data.correspondence import correspond, pad
from training.data.pairs.detected_pairs import DetectedPairs
from training.data.pairs.homography_views import cut_views, make_views
from training.data.pairs.keypoint_pairs import collate_pair
from training.data.random_homography import random_homography
from training.data.rgbd_views import NOWHERE
from training.data.sources.sequence import SequencePart

NEAR_PX = 1.5  # a keypoint of a view is that of a chain
STILL_SHARE = 0.35  # of the samples: one frame under a homography
WARPED_SHARE = 0.3  # of the pairs of frames: the second is warped besides


class SequencePairs(DetectedPairs[SequencePart]):
    """KeypointPairs' items but for the homography, of a part of a sequence.

    Sample number -> pair, a pure function of (seed, number). Gaps between frames come equally
    often. Of the watched part pairs are as they are: no homographies and no made light.
    """

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        """Make sample `number`."""
        rng = np.random.default_rng([self.seed, 1, number])
        shared = self.source.pairs()
        plain = self.source.part == 'watched'
        if not plain and rng.random() < STILL_SHARE:
            return self._still(rng, np.unique(shared.numbers))
        gaps = np.diff(shared.numbers, axis=1).ravel()
        chosen = rng.choice(np.flatnonzero(gaps == rng.choice(np.unique(gaps))))
        frames = [self.source.read(self.source.names[k]) for k in shared.numbers[chosen]]
        places = shared.places[chosen]
        if not plain:
            order = rng.permutation(2)
            frames, places = [frames[k] for k in order], tuple(places[k] for k in order)
            frames, places = self._changed(rng, frames, places)
        return self._collate(frames, places)

    def _still(self, rng: np.random.Generator, own: np.ndarray) -> dict[str, np.ndarray]:
        """Take one frame of this part alone: the others are there to judge by."""
        image = self.source.read(self.source.names[rng.choice(own)])
        views, homography = make_views(rng, image, self.config)
        made = collate_pair(views, [self.detect(view) for view in views], homography,
                            self.config.keypoints, upright=self.upright)
        del made['homography']
        return made

    def _changed(self, rng: np.random.Generator, frames: list[np.ndarray],
                 places: tuple[np.ndarray, ...],
                 ) -> tuple[list[np.ndarray], tuple[np.ndarray, ...]]:
        """Change the light of both frames, and warp the second one at times."""
        size = self.config.size
        warp = random_homography(rng, size, self.config.warp) \
            if rng.random() < WARPED_SHARE else np.eye(3)
        views = cut_views(rng, frames[0], [np.eye(3), warp], self.config, frames[1])
        return views, (places[0], transform(places[1], warp))

    def _collate(self, views: list[np.ndarray],
                 places: tuple[np.ndarray, ...]) -> dict[str, np.ndarray]:
        """Pad keypoints of two views, and say where those of the first are in the second."""
        found = [self.detect(view) for view in views]
        rows, count = [keypoint_rows(features) for features in found], self.config.keypoints
        projected, known = carried(rows[0], *places)
        predicted = np.c_[projected, rows[0][:, 2:]]
        match = correspond(predicted, rows[1], upright=True)
        match[~known] = -1
        return {
            'images': np.stack(views),
            'keypoints': np.stack([pad(row, count) for row in rows]),
            'handcrafted': np.stack([pad(float_rows(f.descriptors), count) for f in found]),
            'valid': np.stack([pad(known, count), np.arange(count) < len(rows[1])]),
            'projected': pad(projected.astype(np.float32), count, NOWHERE),
            'match': pad(match, count, -1)}


def carried(keypoints: np.ndarray, first: np.ndarray,
            second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where keypoints (N, 4) are in the other frame (N, 2), and of which (N,) it is known.

    Args:
        keypoints: x, y, size, angle.
        first: (M, 2) places in their frame.
        second: (M, 2) the same places in the other.
    """
    places, known = np.full((len(keypoints), 2), NOWHERE), np.zeros(len(keypoints), bool)
    if not len(first) or not len(keypoints):
        return places, known
    apart = np.linalg.norm(keypoints[:, None, :2] - first[None], axis=2)  # (N, M)
    nearest = apart.argmin(1)
    known = apart[np.arange(len(keypoints)), nearest] < NEAR_PX
    places[known] = second[nearest[known]] + (keypoints[:, :2] - first[nearest])[known]
    return places, known
