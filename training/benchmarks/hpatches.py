# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""HPatches: scenes of 1.* to 6.* and H_1_2 to H_1_6, through the runtime (paper's Table 1).

MS: correct matches over keypoints in the shared view. recall: correct matches over those that the
keypoints allow. MMA@t: share of matches within t pixels; mma_score weighs t = 1 to 10 (PoSFeat).
rep: repeatability. cor@t: share of pairs whose estimated homography moves the corners by less than
t pixels. All are means over image pairs; 'correct' is their sum over all pairs. Correct, recall,
MS and rep are at 3 pixels. Scenes i_* are illumination changes, v_* viewpoint changes.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from residual_features_ros import Features, create_matcher
from training.benchmarks import metrics
from training.benchmarks.protocol import CORRECT_PX, Protocol, open_extractors, save
from training.data.images import read_bgr

Rows = list[dict[str, Any]]
SPLITS = {'i_': 'illumination', 'v_': 'viewpoint'}


@dataclass(frozen=True)
class Pair:
    """Two views of a scene at the protocol's size, and the homography between them."""

    scene: str
    number: int
    homography: np.ndarray


def list_scenes(root: Path) -> list[Path]:
    """Return the scene folders below `root`; ValueError where there are none."""
    scenes = sorted(path.parent for path in root.glob('*/H_1_2'))
    if not scenes:
        raise ValueError(f'{root}: no scenes of HPatches layout (*/H_1_2)')
    return scenes


def read_image(scene: Path, number: int) -> np.ndarray:
    """Read <scene>/<number>.* as BGR."""
    found = sorted(scene.glob(f'{number}.*'))
    if not found:
        raise ValueError(f'{scene}: no image {number}.*')
    return read_bgr(found[0])


def resize_map(original: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    """Return the 3x3 map of pixels when an image of `original` size is resized to `size`."""
    x, y = size[0] / original[0], size[1] / original[1]
    return np.array([[x, 0, 0.5 * x - 0.5], [0, y, 0.5 * y - 0.5], [0, 0, 1]])


def read_scene(scene: Path, size: tuple[int, int]) -> tuple[list[np.ndarray], list[Pair]]:
    """Return the scene's images at `size` and its pairs with homographies for that size."""
    originals = [read_image(scene, number) for number in range(1, 7)]
    images = [cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in originals]
    maps = [resize_map(image.shape[1::-1], size) for image in originals]
    pairs = [Pair(scene.name, number,
                  maps[number - 1] @ np.loadtxt(scene / f'H_1_{number}') @ np.linalg.inv(maps[0]))
             for number in range(2, 7)]
    return images, pairs


def predict(root: Path, protocol: Protocol) -> Iterator[tuple[str, Pair, Features, Features]]:
    """Extract every image once per method and yield (method, pair, first, second)."""
    extractors = open_extractors(protocol)
    for scene in tqdm(list_scenes(root), unit='scene'):
        images, pairs = read_scene(scene, protocol.size)
        for method, extractor in extractors.items():
            features = [extractor.extract(image) for image in images]
            for pair in pairs:
                yield method, pair, features[0], features[pair.number - 1]


def score(pair: Pair, first: Features, second: Features, size: tuple[int, int]) -> dict[str, Any]:
    """Return the numbers of one pair."""
    shared = first.take(metrics.covisible(first.keypoints, pair.homography, size))
    back = np.linalg.inv(pair.homography)
    others = second.take(metrics.covisible(second.keypoints, back, size))
    indices = create_matcher().match(first, second).indices
    starts, ends = first.keypoints[indices[:, 0]], second.keypoints[indices[:, 1]]
    errors = metrics.transfer_errors(starts, ends, pair.homography)
    correct = int((errors < CORRECT_PX).sum())
    possible = metrics.possible_matches(shared.keypoints, others.keypoints, pair.homography,
                                        CORRECT_PX)
    accuracy = metrics.mma(errors)
    corner = metrics.corner_error(starts, ends, pair.homography, size)
    return {
        'scene': pair.scene, 'number': pair.number, 'keypoints': len(first),
        'matches': len(indices), 'correct': correct, 'recall': correct / max(possible, 1),
        'ms': correct / max(min(len(shared), len(others)), 1),
        'rep': metrics.repeatability(shared.keypoints, others.keypoints, pair.homography,
                                     CORRECT_PX),
        'mma_score': metrics.mma_score(accuracy),
        **{f'mma@{t}': value for t, value in zip(metrics.MMA_PX, accuracy, strict=True)},
        **{f'cor@{t}': float(corner < t) for t in (1, 3, 5)},
    }


def evaluate(root: Path, protocol: Protocol) -> dict[str, Rows]:
    """Return the scores of every pair by method."""
    rows: dict[str, Rows] = {method: [] for method in protocol.methods}
    for method, pair, first, second in predict(root, protocol):
        rows[method].append(score(pair, first, second, protocol.size))
    return rows


def summarise(rows: Rows) -> dict[str, float]:
    """Return the mean over pairs of each number; 'correct' and 'matches' are sums."""
    names = [name for name in rows[0] if name not in ('scene', 'number')]
    return {name: float(np.sum([row[name] for row in rows]) if name in ('correct', 'matches')
                        else np.mean([row[name] for row in rows])) for name in names}


def groups(rows: Rows) -> dict[str, Rows]:
    """Return the pairs by split (all, illumination, viewpoint), then by scene."""
    found: dict[str, Rows] = {'all': rows}
    for row in rows:
        if row['scene'][:2] in SPLITS:
            found.setdefault(SPLITS[row['scene'][:2]], []).append(row)
    for row in rows:
        found.setdefault(row['scene'], []).append(row)
    return found


def shown_groups(rows: Rows) -> list[str]:
    """Return the groups that get a column: the splits, and the scenes where they are few."""
    names = [name for name in groups(rows) if name != 'all']
    return names if len(names) <= 8 else [name for name in names if name in SPLITS.values()]


def table(results: dict[str, Rows]) -> str:
    """Return the summary as text; 'ratio' is of correct matches to the first method's."""
    columns = ['correct', 'ratio', 'recall', 'ms', 'rep', 'mma_score', 'mma@1', 'mma@3', 'mma@5',
               'cor@1', 'cor@3', 'cor@5']
    others = shown_groups(next(iter(results.values())))
    lines = [f'{"method":32}' + ''.join(f'{c:>10}' for c in [*columns, *others])]
    baseline = summarise(next(iter(results.values())))['correct']
    for method, rows in results.items():
        total = summarise(rows)
        total['ratio'] = total['correct'] / max(baseline, 1)
        cells = [f'{total[c]:10.0f}' if c == 'correct' else f'{total[c]:10.3f}' for c in columns]
        cells += [f'{summarise(groups(rows)[name])["recall"]:10.3f}' for name in others]
        lines.append(f'{method:32}' + ''.join(cells))
    return '\n'.join([*lines, f'{", ".join(others)}: recall'])


def main(root: Path, protocol: Protocol, out: Path | None) -> str:
    """Evaluate, save protocol and scores as JSON where `out` is given, return the table."""
    results = evaluate(root, protocol)
    if out:
        save(out, protocol, {'pairs': results, 'summary': {
            method: {name: summarise(part) for name, part in groups(rows).items()}
            for method, rows in results.items()}})
    return table(results)
