# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""RGB-D videos: LF-Net's matching score at 5 px against the frames between two views.

Section 4.2 of arXiv 1805.09662: the share of nearest neighbours that are right, of those keypoints
of the earlier frame that depth and poses say the later one shows; no mutual check. rep: the share
of them that have a keypoint within 5 px there. recall: right ones over these. The paper has images
of 320x240 from ScanNet and 512 keypoints. Pairs have a gap of GAPS frames, each video by itself;
those of which less than LEAST_OVERLAP of the earlier frame is shown by the later one are left out.
"""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from residual_features_ros import Features
from residual_features_ros.datasets.layouts import open_scenes
from residual_features_ros.datasets.posed_images import PosedImage
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.homography import resize_map
from residual_features_ros.nearest import similarity_of
from training.benchmarks.cache import Predictor, counts, open_predictors
from training.benchmarks.options import RgbdOptions
from training.benchmarks.reports.image_pairs import markdown_table
from training.benchmarks.results import save
from training.data.rgbd_views import RgbdView, read_rgbd, reproject, shows

GAPS = (1, 2, 4, 8, 16, 32)
CORRECT_PX = 5.0
LEAST_OVERLAP = 0.1
GRID_PX = 8  # between the pixels that overlap() asks about
NUMBERS = ('ms', 'rep', 'recall', 'seen')
Rows = list[dict[str, Any]]


def videos(root: Path, layout: str) -> list[list[PosedImage]]:
    """Return the frames of each video below `root`, in order, those that have depth.

    Raises:
        DatasetError: there is no such video.
    """
    found = [[image for image in scene.images if image.depth] for scene
             in open_scenes(root, (layout,))]
    if not any(found):
        raise DatasetError(f'{root}: no video with depth maps')
    return [frames for frames in found if frames]


def resized(view: RgbdView, size: tuple[int, int]) -> RgbdView:
    """Return a view at `size` (width, height)."""
    image = cv2.resize(view.image, size, interpolation=cv2.INTER_AREA)
    depth = cv2.resize(view.depth, size, interpolation=cv2.INTER_NEAREST)
    return RgbdView(image, depth, resize_map(view.size, size) @ view.K, view.R, view.t)


def visible(points: np.ndarray, first: RgbdView,
            second: RgbdView) -> tuple[np.ndarray, np.ndarray]:
    """Return the places (N, 2) of view 1's pixels in view 2, and (N,) which are seen there."""
    depth = first.depth_at(points)
    places, distance = reproject(points.astype(np.float64), depth, first, second)
    return places, (depth > 0) & shows(second, places, distance)


def overlap(first: RgbdView, second: RgbdView) -> float:
    """Return the share of view 1's pixels of known depth that view 2 shows."""
    y, x = np.mgrid[:first.size[1]:GRID_PX, :first.size[0]:GRID_PX]
    points = np.stack([x.ravel(), y.ravel()], 1).astype(np.float32)
    known = first.depth_at(points) > 0
    return float(visible(points[known], first, second)[1].mean()) if known.any() else 0.0


def matching_score(partners: np.ndarray, places: np.ndarray, seen: np.ndarray,
                   threshold_px: float) -> float:
    """Return the share of keypoints that are seen whose partner is right.

    Args:
        partners: (N, 2) the place in view 2 of each keypoint's nearest neighbour.
        places: (N, 2) its true place.
        seen: (N,) whether view 2 shows it.
        threshold_px: how near is right, the threshold included.
    """
    near = np.linalg.norm(partners - places, axis=1) <= threshold_px
    return float((near & seen).sum() / max(seen.sum(), 1))


def repeated(others: np.ndarray, places: np.ndarray, seen: np.ndarray,
             threshold_px: float) -> float:
    """Return the share of keypoints that are seen near which view 2 has any of its (M, 2)."""
    if not len(others) or not seen.any():
        return 0.0
    apart = np.linalg.norm(places[seen][:, None] - others[None], axis=2)
    return float((apart <= threshold_px).any(1).mean())


def score(first: Features, second: Features, views: tuple[RgbdView, RgbdView]) -> dict[str, float]:
    """Return the numbers of a pair."""
    places, seen = visible(first.keypoints, *views)
    ms = rep = 0.0
    if len(first) and len(second):
        chosen = similarity_of(first.descriptors, second.descriptors).argmax(1)
        ms = matching_score(second.keypoints[chosen], places, seen, CORRECT_PX)
        rep = repeated(second.keypoints, places, seen, CORRECT_PX)
    return {'keypoints': len(first), 'seen': int(seen.sum()), 'ms': ms, 'rep': rep,
            'recall': ms / rep if rep else 0.0}


def evaluate(found: Sequence[Sequence[PosedImage]], predictors: dict[str, Predictor],
             size: tuple[int, int]) -> dict[str, Rows]:
    """Return the rows of all pairs by method."""
    results: dict[str, Rows] = {method: [] for method in predictors}
    for number, frames in enumerate(found):
        views = [resized(read_rgbd(frame), size) for frame in frames]
        pairs = [(start, start + gap) for gap in GAPS for start in range(len(views) - gap)
                 if overlap(views[start], views[start + gap]) >= LEAST_OVERLAP]
        for method, predictor in predictors.items():
            features = [predictor.extract(view.image) for view in tqdm(views, desc=method)]
            results[method] += [{
                'video': number, 'start': start, 'gap': end - start,
                **score(features[start], features[end], (views[start], views[end]))}
                for start, end in pairs]
    if not next(iter(results.values())):
        raise ValueError(f'no two frames of a video show the same with gaps of {GAPS} frames')
    return results


def summarise(results: dict[str, Rows]) -> dict[str, dict[str, dict[str, float]]]:
    """Return the means over pairs by method and gap, and 'mean', that of the gaps."""
    summary = {}
    for method, rows in results.items():
        gaps = {str(gap): [row for row in rows if row['gap'] == gap] for gap in GAPS}
        parts = {gap: {name: float(np.mean([row[name] for row in chosen]))
                       for name in NUMBERS}
                 for gap, chosen in gaps.items() if chosen}
        parts['mean'] = {name: float(np.mean([part[name] for part in parts.values()]))
                         for name in NUMBERS}
        summary[method] = parts
    return summary


def tables(summary: dict[str, dict[str, dict[str, float]]]) -> str:
    """Return a table in Markdown of each number against the gap."""
    gaps = list(next(iter(summary.values())))
    text = []
    for name, title in (('ms', 'matching score at 5 px'), ('rep', 'repeatability at 5 px'),
                        ('recall', 'recall')):
        rows = [[method, *(f'{parts[gap][name]:.3f}' for gap in gaps)]
                for method, parts in summary.items()]
        text.append(markdown_table([f'{title}, gap in frames', *gaps], rows))
    return '\n\n'.join(text)


def main(options: RgbdOptions) -> str:
    """Evaluate, return the tables; with files.out also save numbers and the tables."""
    protocol, files = options.protocol, options.files
    predictors = open_predictors(protocol, files.cache)
    found = videos(options.root, options.layout)
    results = evaluate(found, predictors, protocol.size)
    summary = summarise(results)
    if files.out:
        save('rgbd', options, predictors, {
            'data': {'what': files.data, 'videos': len(found),
                     'frames': sum(map(len, found))},
            'gaps': GAPS, 'summary': summary, **({} if files.brief else {'pairs': results})})
        files.out.with_suffix('.md').write_text(f'# {files.data}\n\n{tables(summary)}\n',
                                                encoding='utf-8')
    return f'{tables(summary)}\n{counts(predictors, files.cache)}'
