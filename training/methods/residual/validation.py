# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Validation score of a run: recall on held-out synthetic pairs, beside the hand-crafted one's."""
from __future__ import annotations

import numpy as np
import torch

from residual_features_ros.config import MatcherConfig
from residual_features_ros.image import pad_to_multiple
from residual_features_ros.nearest import mutual_nearest, similarity_of
from residual_features_ros.types import normalise_rows
from training.activity import Activity
from training.data.correspondence import MATCH_PX
from training.data.sources.exposures import NO_EXPOSURES, Exposures
from training.data.sources.opening import Source
from training.methods.residual.config import ResidualConfig
from training.methods.residual.data import open_dataset
from training.methods.residual.model import STRIDE, ResidualNetwork, to_input
from training.methods.residual.recipe import MEAN, STD
from training.methods.residual.shrink import as_it_runs, shrink_told

SEED = 20_000


def validation_pairs(source: Source, config: ResidualConfig,
                     exposures: Exposures = NO_EXPOSURES) -> list[dict[str, np.ndarray]]:
    """Make the held-out pairs, the same for every run with the same data settings."""
    count = config.data.validation_pairs
    dataset = open_dataset(source, config, SEED, count, exposures)
    return [dataset[number] for number in range(count)]


def matched(first: np.ndarray, second: np.ndarray,
            pair: dict[str, np.ndarray]) -> tuple[float, float]:
    """Return correct mutual matches over those that the keypoints of a pair allow, and over all.

    Args:
        first: (K, D) unit descriptors of the first view, or (K, B) bits, padding rows included.
        second: those of the second view.
        pair: KeypointPairs's item.
    """
    rows, columns = (np.flatnonzero(valid) for valid in pair['valid'])
    first, second = first[rows], second[columns]
    matches = mutual_nearest(similarity_of(first, second), first, second, MatcherConfig()).indices
    places = pair['keypoints'][1, columns, :2]
    projected = pair['projected'][rows]
    off = np.linalg.norm(projected[matches[:, 0]] - places[matches[:, 1]], axis=1)
    possible = (np.linalg.norm(projected[:, None] - places[None], axis=2) < MATCH_PX).any(1)
    correct = int((off < MATCH_PX).sum())
    return correct / max(int(possible.sum()), 1), correct / max(len(matches), 1)


def validate(model: ResidualNetwork, pairs: list[dict[str, np.ndarray]],
             shrink: int) -> dict[str, float]:
    """Return mean recall of the model and of the hand-crafted descriptors, and their ratio.

    Beside them stand recall_without_h, of the same f where h's map is zero, and Activity.scores.

    Args:
        model: h and f.
        pairs: KeypointPairs's items.
        shrink: of h's images where the method runs.
    """
    learned, handcrafted, without = [], [], []
    fused = 'handcrafted' in model.f.inputs
    running, activity = as_it_runs(model, shrink), Activity(model.h)
    device = next(model.parameters()).device
    for pair in pairs:
        images = np.stack([pad_to_multiple(image, STRIDE * shrink) for image in pair['images']])
        with torch.inference_mode(), activity:
            views, keypoints, *rest = (torch.from_numpy(array).to(device) for array in (
                images, *(pair[name] for name in ('keypoints', 'handcrafted', 'windows'))))
            dense = running.see(to_input(views, MEAN, STD))
            first, second = running.describe(dense, keypoints, *rest).cpu().numpy()
            if fused and dense is not None:
                one, other = running.describe(torch.zeros_like(dense), keypoints,
                                              *rest).cpu().numpy()
                without.append(matched(one, other, pair)[0])
        learned.append(matched(first, second, pair)[0])
        first, second = (normalise_rows(rows) for rows in pair['handcrafted'])
        handcrafted.append(matched(first, second, pair)[0])
    ours, theirs = float(np.mean(learned)), float(np.mean(handcrafted))
    return {'recall': ours, 'recall_handcrafted': theirs, 'ratio': ours / max(theirs, 1e-9),
            **({'recall_without_h': float(np.mean(without))} if without else {}),
            **activity.scores(), **shrink_told(model, shrink)}
