# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The stages of network s: which keypoints are found and matched rightly in another view.

What is right is found by the networks h and f as they are, on pairs whose homography is known.
"""
from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional
from tqdm import tqdm

from residual_features_ros.config import MatcherConfig
from residual_features_ros.geometry.homography import inside, transform
from residual_features_ros.image import to_grey
from residual_features_ros.keypoints.table import detect
from residual_features_ros.matcher import mutual_nearest
from residual_features_ros.rows.windows import Window, cut_windows, keypoint_rows
from residual_features_ros.scoring import facts_of
from residual_features_ros.types import Features, float_rows
from training import arrays
from training.data.correspondence import MATCH_PX
from training.data.pairs.homography_views import make_views
from training.data.photometric import happens
from training.data.sources.exposures import Exposures, open_exposures
from training.data.sources.images import ImageSource, photograph, split
from training.data.sources.packed import open_images
from training.methods.residual.config import ResidualConfig, ScoreConfig
from training.methods.residual.model import (
    WINDOW_SAMPLES,
    ResidualNetwork,
    ScoreNetwork,
    to_input,
    windows_of,
)
from training.methods.residual.recipe import MEAN, STD
from training.stage import Batch, Opened, Run, Terms

SEED, VALIDATION_SEED = 30_000, 40_000
BINS = 10  # of the reliability curve


def windows_for(config: ScoreConfig) -> list[Window]:
    """Return the windows that s takes."""
    return [Window(side, turned=False) for side in config.window_sides]


@dataclass(frozen=True)
class Views:
    """The two views of a pair, their candidates, described, and what maps the first to the second.

    rows: for each view what s takes and what is right of it, by the names of ScoredRows.
    """

    features: tuple[Features, Features]
    homography: np.ndarray
    rows: tuple[dict[str, np.ndarray], dict[str, np.ndarray]]


class ScoredViews:
    """Pairs of views with described candidates, a pure function of seed and number."""

    def __init__(self, model: ResidualNetwork, config: ResidualConfig, images: ImageSource,
                 exposures: Exposures, seed: int) -> None:
        """Hold the networks and where photographs come from."""
        self.model, self.config, self.seed = model, config, seed
        self.images, self.exposures = images, exposures

    def make(self, number: int) -> Views:
        """Make pair `number`."""
        data = self.config.data
        rng = np.random.default_rng([self.seed, number])
        image, other = photograph(self.images, self.seed, number), None
        if self.exposures and happens(rng, data.exposure_share):
            image, other = self.exposures.draw(rng)
        views, homography = make_views(rng, image, data, other)
        first, second = (self.describe(view) for view in views)
        rows = [self.scored(view, features) for view, features in
                zip(views, (first, second), strict=True)]
        for row, right in zip(rows, right_of(first, second, homography), strict=True):
            row.update(right)
        return Views((first, second), homography, (rows[0], rows[1]))

    def describe(self, view: np.ndarray) -> Features:
        """Find and describe the candidates of (H, W, 3) BGR uint8."""
        grey = to_grey(view)
        found = detect(self.config.handcrafted, grey, self.config.score.candidates)
        if not len(found):
            return found
        keypoints = keypoint_rows(found)
        windows = cut_windows(grey, keypoints, windows_of(self.config.model), WINDOW_SAMPLES)
        known = (torch.from_numpy(array)[None] for array in (
            keypoints, float_rows(found.descriptors), windows))
        with torch.inference_mode():
            image = to_input(torch.from_numpy(view)[None], MEAN, STD)
            return replace(found, descriptors=self.model(image, *known)[0].numpy())

    def scored(self, view: np.ndarray, features: Features) -> dict[str, np.ndarray]:
        """Return what s takes of (H, W, 3) BGR uint8."""
        upright = keypoint_rows(features)
        upright[:, 3] = 0
        score = self.config.score
        windows = cut_windows(to_grey(view), upright, windows_for(score), score.samples)
        return {'windows': windows.astype(np.float16), 'facts': facts_of(features)}


def right_of(first: Features, second: Features,
             homography: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return of the keypoints of two views which the other view shows, and which match rightly.

    Returns:
        for each view `shown` and `right`, (N,) bool: found and matched within 3 px.
    """
    matches = mutual_nearest(first.descriptors @ second.descriptors.T, first.descriptors,
                             second.descriptors, MatcherConfig()).indices
    found = []
    for one, other, pairs, to_other in (
            (first, second, matches, homography),
            (second, first, matches[:, ::-1], np.linalg.inv(homography))):
        projected = transform(one.keypoints.astype(np.float64), to_other)
        off = np.linalg.norm(projected[pairs[:, 0]] - other.keypoints[pairs[:, 1]], axis=1)
        right = np.zeros(len(one), bool)
        right[pairs[off < MATCH_PX, 0]] = True
        found.append({'shown': inside(projected, other.image_size), 'right': right})
    return found[0], found[1]


class ScoredRows:
    """Sample number -> rows of one view that the other one shows; kept on disk.

    An item: windows (R, C, S, S) float16, facts (R, 3) float32, right (R,) float32.
    """

    def __init__(self, files: list[Path], rows: int, seed: int, length: int) -> None:
        """Hold files of `save_rows` and how many rows of each an item has."""
        self.files, self.rows, self.seed, self.length = files, rows, seed, length

    def __len__(self) -> int:
        """Return the number of samples."""
        return self.length

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        """Draw rows of a view, some more than once where it has fewer."""
        rng = np.random.default_rng([self.seed, 2, number])
        rows = arrays.load(self.files[rng.integers(len(self.files))])
        if rows is None:
            raise ValueError(f'{self.files[0].parent}: a file is missing there; train again, '
                             'which makes those that are missing')
        count = len(rows['right'])
        chosen = rng.choice(count, self.rows, replace=count < self.rows)
        return {name: values[chosen] for name, values in rows.items()}


def save_rows(pairs: ScoredViews, count: int, folder: Path, chosen: int = 0) -> list[Path]:
    """Make `count` pairs and return the files of their views that have rows.

    Args:
        pairs: to make.
        count: how many.
        folder: where those that are there are not made again.
        chosen: of each view the rows that s likes best; 0 for all.
    """
    files = []
    for number in tqdm(range(count), desc='score: pairs', leave=False):
        paths = [folder / f'{number}-{view}.npz' for view in (0, 1)]
        if not all(path.exists() for path in paths):
            views = pairs.make(number)
            rows = best(pairs.model.s, views, chosen) if chosen else views.rows
            for path, row in zip(paths, rows, strict=True):
                shown = row['shown']
                arrays.save(path, {
                    'windows': row['windows'][shown], 'facts': row['facts'][shown],
                    'right': row['right'][shown].astype(np.float32)})
        files += [path for path in paths if len(np.load(path)['right'])]
    if not files:
        raise ValueError(f'{folder}: no view with a keypoint that the other view shows')
    return files


def best(network: ScoreNetwork | None, views: Views,
         count: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return the rows of two views with the highest scores, matched among each other.

    Without a network they are those of the largest response.
    """
    orders = [np.argsort(-scores(network, rows), kind='stable')[:count] if network
              else np.arange(min(count, len(rows['facts']))) for rows in views.rows]
    first, second = (features.take(order) for features, order
                     in zip(views.features, orders, strict=True))
    right = right_of(first, second, views.homography)
    a, b = ({**{name: values[order] for name, values in rows.items()}, **told}
            for rows, order, told in zip(views.rows, orders, right, strict=True))
    return a, b


def scores(network: ScoreNetwork, rows: dict[str, np.ndarray]) -> np.ndarray:
    """Return (N,) what s says of the rows of a view."""
    with torch.inference_mode():
        windows, facts = (torch.from_numpy(rows[name]).float() for name in ('windows', 'facts'))
        return network.eval()(windows, facts).numpy()


def open_rows(model: ResidualNetwork, run: Run, chosen: int) -> Opened:
    """Open the rows of a stage of s; see save_rows for `chosen`."""
    config, settings = run.config, run.config.score
    training, held_out = split(open_images(config.data.images, config.data.size),
                               config.data.validation_share)
    exposures, unseen = open_exposures(config.data.exposures).split()
    model.eval()
    digest = hashlib.sha256(repr((settings.candidates, settings.window_sides, settings.samples,
                                  config.data.size, config.data.warp, config.data.photometric,
                                  config.seed, chosen)).encode())
    for name, values in model.state_dict().items():
        if chosen or not name.startswith('s.'):
            digest.update(values.float().cpu().numpy().tobytes())
    folder = run.out / f'score-{digest.hexdigest()[:16]}'
    pairs = ScoredViews(model, config, training, exposures, SEED + config.seed)
    files = save_rows(pairs, settings.pairs, folder, chosen)
    held = ScoredViews(model, config, held_out, unseen, VALIDATION_SEED)
    views = [held.make(number) for number in range(config.data.validation_pairs)]
    model.train()
    optim = settings.calibrate if chosen else settings.optim
    samples = ScoredRows(files, settings.rows, config.seed, optim.steps * optim.batch)
    return Opened(samples, lambda: validate(model, views, config.data.keypoints))


def row_terms(model: ResidualNetwork, batch: Batch, run: Run) -> Terms:
    """Return the cross entropy of what s says of rows."""
    assert model.s is not None
    right = batch['right'].flatten()
    logits = model.s.logits(batch['windows'].flatten(0, 1).float(), batch['facts'].flatten(0, 1))
    total = functional.binary_cross_entropy_with_logits(logits, right, reduction='sum')
    return Terms(total, torch.tensor(len(right), device=total.device))


def validate(model: ResidualNetwork, views: list[Views], count: int) -> dict[str, float]:
    """Return what choosing `count` keypoints of held-out views by s gains.

    Returns:
        auc: area under the curve of s over all candidates. ms and ms_response: right matches over
        keypoints that the other view shows, chosen by s and by response. ece: expected
        calibration error of the scores of those that are chosen.
    """
    said, right, chosen_said, chosen_right = [], [], [], []
    ms: dict[str, list[float]] = {'ms': [], 'ms_response': []}
    assert model.s is not None
    for pair in views:
        if not all(len(rows['facts']) for rows in pair.rows):
            continue
        for rows in pair.rows:
            said.append(scores(model.s, rows)[rows['shown']])
            right.append(rows['right'][rows['shown']])
        for name, network in (('ms', model.s), ('ms_response', None)):
            for rows in best(network, pair, count):
                ms[name].append(float(rows['right'][rows['shown']].mean()
                                      if rows['shown'].any() else 0))
                if network is not None:
                    chosen_said.append(scores(network, rows)[rows['shown']])
                    chosen_right.append(rows['right'][rows['shown']])
    return {'auc': area_under_curve(np.concatenate(said), np.concatenate(right)),
            'ece': calibration_error(np.concatenate(chosen_said), np.concatenate(chosen_right)),
            **{name: float(np.mean(values)) for name, values in ms.items()}}


def area_under_curve(said: np.ndarray, right: np.ndarray) -> float:
    """Return how likely a right one of (N,) is scored over a wrong one."""
    rank = np.empty(len(said))
    rank[np.argsort(said, kind='stable')] = np.arange(len(said))
    rights, wrongs = int(right.sum()), int((~right).sum())
    return float((rank[right].sum() - rights * (rights - 1) / 2) / max(rights * wrongs, 1))


def calibration_error(said: np.ndarray, right: np.ndarray) -> float:
    """Return the mean difference of score and share of right ones, over BINS of scores (N,)."""
    bins = np.minimum((said * BINS).astype(int), BINS - 1)
    off = [abs(said[bins == number].sum() - right[bins == number].sum()) for number in range(BINS)]
    return float(np.sum(off) / max(len(said), 1))
