# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the runtime's matcher measures of each match, and whether the match is right."""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from residual_features_ros import Extractor, Features, create_matcher
from residual_features_ros.confidence import MEASURES, Candidates, measure
from training.benchmarks.metrics import CORRECT_PX, transfer_errors
from training.calibration.neighbours import Neighbours, joined, neighbours
from training.calibration.pairs import ViewPair


class Recorder:
    """Stands for a confidence in the matcher and keeps the measures of the last matches."""

    def __init__(self) -> None:
        """Have none."""
        self.measures: dict[str, np.ndarray] = {}

    def of(self, candidates: Candidates) -> np.ndarray:
        """Keep the measures; zeros are no confidences."""
        self.measures = measure(candidates)
        return np.zeros(len(candidates.indices), np.float32)


@dataclass(frozen=True)
class Labelled:
    """Matches (M,) of many pairs.

    measures: by names of confidence.MEASURES, (M,) each.    right: (M,) bool, within CORRECT_PX.
    part, source: (M,) of their pair (pairs.ViewPair).
    """

    measures: dict[str, np.ndarray]
    right: np.ndarray
    part: np.ndarray
    source: np.ndarray

    def take(self, mask: np.ndarray) -> Labelled:
        """Return those that a mask (M,) selects."""
        return Labelled({name: values[mask] for name, values in self.measures.items()},
                        self.right[mask], self.part[mask], self.source[mask])


@dataclass
class Matched:
    """A method, and what it matched so far.

    last: the features of the last pair of photographs.
    """

    extractor: Extractor
    last: tuple[Features, Features] | None = None
    found: list[Labelled] = field(default_factory=list)
    near: list[Neighbours] = field(default_factory=list)
    recorder: Recorder = field(default_factory=Recorder)

    def add(self, pair: ViewPair) -> None:
        """Extract and match a pair as the runtime does, and label its matches."""
        a, b = (self.extractor.extract(image) for image in pair.images)
        if pair.source == 'photographs':
            self.last = a, b
        if len(a) and len(b):
            self.near.append(neighbours(a, b, pair.homography, pair.part))
        matches = create_matcher(confidence=self.recorder).match(a, b)
        if not len(matches):
            return
        rows, columns = matches.indices.T
        errors = transfer_errors(a.keypoints[rows], b.keypoints[columns], pair.homography)
        count = len(matches)
        self.found.append(Labelled(self.recorder.measures, errors < CORRECT_PX,
                                   np.full(count, pair.part), np.full(count, pair.source)))

    def neighbours(self) -> Neighbours:
        """Return the nearest neighbours in all pairs; ValueError where there are none."""
        if not self.near:
            raise ValueError(f'{self.extractor.config.method}: no keypoints to fit on')
        return joined(self.near)

    def labelled(self) -> Labelled:
        """Return all matches; ValueError where there are none."""
        if not self.found:
            raise ValueError(f'{self.extractor.config.method}: no matches to fit on')
        return Labelled(
            {name: np.concatenate([one.measures[name] for one in self.found])
             for name in MEASURES},
            *(np.concatenate([getattr(one, name) for one in self.found])
              for name in ('right', 'part', 'source')))
