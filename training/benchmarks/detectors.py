# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Detectors on scenes of HPatches layout: places found again, bias, cost; rows are the same.

rep@t: share of the keypoints of the shared view that are found again within t pixels, each paired
with one of the other view at most. error_px: median distance of those within 3 pixels. shared:
share of keypoints that stand in the place of another one. bias_px: how far off blobs at known
places are found (blobs.py). find_ms and find_core_ms: time and processor time to find, without
describing; rows_core_ms: that of angles, where the detector gives none, and RootSIFT rows. The
pyramid that rows are read off counts in neither. ms, mma@3 and recall are those of hpatches.py,
with these rows at all detectors' keypoints. Times are medians over images, all else means.
"""
from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from tqdm import tqdm

from residual_features_ros.compiling import has_compiler
from residual_features_ros.image import to_grey
from residual_features_ros.nearest import similarity_of
from residual_features_ros.rows.describing import describe
from residual_features_ros.rows.pyramid import View
from residual_features_ros.types import Features
from training.benchmarks import metrics
from training.benchmarks.blobs import bias, blob_grid
from training.benchmarks.detector_options import DetectorOptions
from training.benchmarks.finders import OpenFinder
from training.benchmarks.hpatches import Pair, compare, list_scenes, read_scene
from training.benchmarks.metrics import CORRECT_PX
from training.benchmarks.repeatability import one_to_one, repeated, shared_places
from training.benchmarks.reports.detectors import markdown, summarise, table
from training.benchmarks.reports.image_pairs import Rows
from training.benchmarks.results import save

REPEATED_PX = (1, 3)
ResultT = TypeVar('ResultT')


def timed(call: Callable[[], ResultT]) -> tuple[ResultT, float, float]:
    """Return what a call returns, its time in ms, and its processor time on all cores in ms."""
    start, start_core = time.perf_counter(), time.process_time()
    result = call()
    core_ms = 1000 * (time.process_time() - start_core)
    return result, 1000 * (time.perf_counter() - start), core_ms


def look(finder: OpenFinder, grey: np.ndarray) -> tuple[Features, dict[str, Any]]:
    """Return the keypoints of an image (H, W) uint8 with RootSIFT rows, and its numbers."""
    view = View(grey)
    view.levels  # noqa: B018  made now, and not while a finder is timed
    found, find_ms, find_core_ms = timed(lambda: finder.find(view))
    if found.descriptors.shape[1]:
        _, find_ms, find_core_ms = timed(lambda: finder.find_alone(view))
    bare = dataclasses.replace(found, descriptors=np.zeros((len(found), 0), np.float32))
    features, _, rows_core_ms = timed(lambda: describe(view, bare, rooted=True))
    return features, {
        'keypoints': len(found), 'shared': shared_places(found.keypoints), 'find_ms': find_ms,
        'find_core_ms': find_core_ms, 'rows_core_ms': rows_core_ms}


def score(pair: Pair, first: Features, second: Features,
          size: tuple[int, int]) -> dict[str, Any]:
    """Return the numbers of a pair; error_px is None where no keypoint is found again."""
    shared, others, _, _, errors = compare(pair, first, second)
    apart = one_to_one(shared.keypoints, others.keypoints, pair.homography, CORRECT_PX)
    correct = int((errors < CORRECT_PX).sum())
    return {
        'scene': pair.scene, 'number': pair.number,
        **{f'rep@{px}': repeated(apart, len(shared), len(others), px) for px in REPEATED_PX},
        'error_px': float(np.median(apart)) if len(apart) else None,
        'correct': correct,
        'ms': metrics.matching_score(
            first.keypoints, second.keypoints,
            similarity_of(first.descriptors, second.descriptors), pair.homography, size,
            CORRECT_PX),
        'mma@3': metrics.mma(errors, [CORRECT_PX])[0],
        'recall': metrics.recall(correct, metrics.possible_matches(
            shared.keypoints, others.keypoints, pair.homography, CORRECT_PX))}


def evaluate(root: Path, finders: Mapping[str, OpenFinder],
             size: tuple[int, int]) -> tuple[dict[str, Rows], dict[str, Rows]]:
    """Return the rows of all pairs, and those of all images, by finder; they take turns."""
    pair_rows: dict[str, Rows] = {name: [] for name in finders}
    image_rows: dict[str, Rows] = {name: [] for name in finders}
    for scene in tqdm(list_scenes(root), unit='scene'):
        images, pairs = read_scene(scene, size)
        features: dict[str, list[Features]] = {name: [] for name in finders}
        for number, image in enumerate(images, 1):
            grey = to_grey(image)
            for name, finder in finders.items():
                found, numbers = look(finder, grey)
                features[name].append(found)
                image_rows[name].append({'scene': scene.name, 'number': number, **numbers})
        for name, found_in in features.items():
            pair_rows[name] += [score(pair, found_in[0], found_in[pair.number - 1], size)
                                for pair in pairs]
    return pair_rows, image_rows


def blob_biases(finders: Mapping[str, OpenFinder],
                size: tuple[int, int]) -> dict[str, float | None]:
    """Return each finder's bias in pixels; what is compiled or remembered is so afterwards."""
    picture, centres = blob_grid(size)
    return {name: bias(look(finder, picture)[0].keypoints, centres)
            for name, finder in finders.items()}


def main(options: DetectorOptions) -> str:
    """Evaluate, return the table; with files.out also save JSON and Markdown."""
    protocol, files = options.protocol, options.files
    finders = {name: OpenFinder(name, protocol.max_keypoints, protocol.settings)
               for name in protocol.methods}
    biases = blob_biases(finders, protocol.size)
    pair_rows, image_rows = evaluate(options.root, finders, protocol.size)
    summary = summarise(pair_rows, image_rows, biases)
    if files.out:
        data = data_of(next(iter(pair_rows.values())), files.data)
        save('detectors', options, {}, {
            'data': data,
            'methods': {name: {'detector': finder.finder.detector,
                               'settings': dict(finder.finder.settings)}
                        for name, finder in finders.items()},
            'compiled_loops': has_compiler(), 'summary': summary,
            **({} if files.brief else {'pairs': pair_rows, 'images': image_rows})})
        width, height = protocol.size
        files.out.with_suffix('.md').write_text(markdown(
            summary, f'Detectors, {width}x{height}, {protocol.max_keypoints} keypoints',
            data), encoding='utf-8')
    return table(summary)


def data_of(rows: Rows, what: str) -> dict[str, Any]:
    """Return what was measured on."""
    return {'what': what, 'scenes': sorted({row['scene'] for row in rows}), 'pairs': len(rows)}
