# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The stage of network p: keypoints of two views moved until they are of one place.

Pairs are those that place, size and angle say; the homography between the views is exact.
"""
from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from residual_features_ros.image import to_grey
from residual_features_ros.rows.windows import Window, cut_windows
from training.data.cached import Samples
from training.data.pairs.keypoint_pairs import KeypointPairs
from training.data.sources.exposures import NO_EXPOSURES, Exposures, open_exposures
from training.data.sources.images import ImageSource, split
from training.data.sources.opening import cached
from training.data.sources.packed import open_images
from training.geometry import warp_points
from training.methods.residual.config import ResidualConfig
from training.methods.residual.model import PlaceNetwork, ResidualNetwork
from training.stage import Batch, Opened, Run, Terms

SEED = 50_000
NAMES = ('windows', 'keypoints', 'match', 'homography')  # of a sample
# The eight turns and reflections of a square, as maps of (x, y).
TURNS = torch.tensor([[[x, 0], [0, y]] for x in (1, -1) for y in (1, -1)]
                     + [[[0, x], [y, 0]] for x in (1, -1) for y in (1, -1)],
                     dtype=torch.float32)


class PlacePairs:
    """KeypointPairs with what p sees, and nothing else.

    An item: windows (2, K, 1, S, S) float16, keypoints (2, K, 4), match (K,), homography (3, 3).
    """

    def __init__(self, pairs: KeypointPairs, side: float, samples: int) -> None:
        """Hold the pairs, and the side of windows in diameters and in samples."""
        self.pairs, self.window, self.samples = pairs, Window(side, turned=False), samples

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.pairs)

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        """Make sample `number`."""
        pair = self.pairs[number]
        windows = [cut_windows(to_grey(image), keypoints, [self.window], self.samples)
                   for image, keypoints in zip(pair['images'], pair['keypoints'], strict=True)]
        return {'windows': np.stack(windows).astype(np.float16),
                **{name: pair[name] for name in NAMES[1:]}}


def open_dataset(source: ImageSource, config: ResidualConfig, seed: int, length: int,
                 exposures: Exposures = NO_EXPOSURES) -> Samples:
    """Return `length` samples of sources, cached in data.cache where that is set."""
    data, places = config.data, config.places
    pairs = KeypointPairs(source, config.handcrafted, data, seed, length, exposures)
    return cached(PlacePairs(pairs, places.side, places.samples), source, data,
                  'places', config.handcrafted, seed, places.side, places.samples, exposures)


def open_places(model: ResidualNetwork, run: Run) -> Opened:
    """Open the pairs to train on, and make those to validate on."""
    config, optim = run.config, run.config.places.optim
    data = config.data
    source, held_out = split(open_images(data.images, data.size), data.validation_share)
    exposures, unseen = open_exposures(data.exposures)
    unseen_pairs = open_dataset(held_out, config, SEED, data.validation_pairs, unseen)
    pairs = [unseen_pairs[number] for number in range(data.validation_pairs)] \
        if run.group.first else []
    samples = open_dataset(source, config, config.seed, optim.batch * optim.steps, exposures)
    return Opened(samples, lambda: validate(network_of(model), pairs))


def network_of(model: ResidualNetwork) -> PlaceNetwork:
    """Return p; ValueError where the model has none."""
    if model.p is None:
        raise ValueError('there is no network p: set places.width')
    return model.p


def offsets(network: PlaceNetwork, windows: Tensor, turns: Tensor) -> Tensor:
    """Return what p says of windows (N, 1, S, S) that are turned before, turned back: (N, 2)."""
    seen = torch.empty_like(windows)
    for number, turn in enumerate(TURNS.to(windows)):
        chosen = turns == number
        some = windows[chosen]
        if turn[0, 0] == 0:
            some = some.transpose(2, 3)
        flipped = [axis for axis, row in ((3, 0), (2, 1)) if turn[row].sum() < 0]
        seen[chosen] = some.flip(flipped)
    # q = T p for what is seen, and T is orthogonal: p = T' q
    return torch.einsum('nji,nj->ni', TURNS.to(windows)[turns], network(seen))


def errors(first: Tensor, second: Tensor, homography: Tensor) -> Tensor:
    """Return (N, 2) pixels from places (N, 2) of view 1, mapped, to those of view 2."""
    return warp_points(first[None], homography[None])[0] - second


def place_terms(model: ResidualNetwork, batch: Batch, run: Run) -> Terms:
    """Return the sum over pairs of how far their places are apart, in diameters of the second."""
    network, softness = network_of(model), run.config.places.softness
    total, count = batch['homography'].new_zeros(()), 0
    for windows, keypoints, match, homography in zip(*(batch[name] for name in NAMES),
                                                     strict=True):
        rows = torch.nonzero(match >= 0).squeeze(1)
        moved: list[Tensor] = []
        for view, chosen in enumerate((rows, match[rows])):
            turns = torch.randint(len(TURNS), (len(rows),), device=rows.device)
            offset = offsets(network, windows[view, chosen].float(), turns)
            moved.append(keypoints[view, chosen, :2] + offset * keypoints[view, chosen, 2:3])
        apart = errors(moved[0], moved[1], homography) / keypoints[1, match[rows], 2:3]
        total = total + torch.sqrt(apart.square().sum(1) + softness**2).sum()
        count += len(rows)
    return Terms(total, torch.tensor(count, device=total.device))


def validate(network: PlaceNetwork, pairs: list[dict[str, np.ndarray]]) -> dict[str, float]:
    """Return how far pairs of keypoints are apart, as p places them and as they were found.

    Returns:
        medians over all pairs in pixels of the second view, and the shares within 1 px.
    """
    found: dict[str, list[np.ndarray]] = {'': [], '_detected': []}
    device = next(network.parameters()).device
    for pair in pairs:
        windows, keypoints, match, homography = (
            torch.from_numpy(pair[name]).to(device) for name in NAMES)
        rows = torch.nonzero(match >= 0).squeeze(1)
        both = [keypoints[0, rows], keypoints[1, match[rows]]]
        with torch.inference_mode():
            moved = [places[:, :2] + network(seen.float()) * places[:, 2:3] for places, seen in
                     zip(both, (windows[0, rows], windows[1, match[rows]]), strict=True)]
        for name, places in (('', moved), ('_detected', [some[:, :2] for some in both])):
            found[name].append(errors(places[0], places[1], homography).norm(dim=1).cpu().numpy())
    result = {}
    for name, values in found.items():
        joined = np.concatenate(values)
        result[f'median_px{name}'] = float(np.median(joined)) if len(joined) else float('nan')
        result[f'within_1px{name}'] = float((joined < 1).mean()) if len(joined) else float('nan')
    return result
