# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether whole networks are the front end that they were made of, image by image.

The folder of --weights has the whole networks (training.whole); both forms run on its files.
"""
from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import cv2
import numpy as np
from tqdm import tqdm

from residual_features_ros.agreement import NEAR_PX, agreement
from residual_features_ros.types import Features
from training.benchmarks.cache import Predictor, open_predictors
from training.benchmarks.options import WholeOptions
from training.benchmarks.results import save
from training.data.sources.images import open_folder

FORMS = ('split', 'whole')
Rows = dict[str, list[dict[str, float]]]  # of the images, by scene


def compared(whole: Features, split: Features) -> dict[str, float]:
    """Return agreement.agreement of an image, and the numbers of keypoints."""
    return {**agreement(whole, split), 'keypoints_whole': len(whole),
            'keypoints_split': len(split)}


def summary(rows: list[dict[str, float]]) -> dict[str, float]:
    """Return the means of a scene, the least share of keypoints and the median of the cosines."""
    near = [row['near'] for row in rows]
    return {'images': len(rows), 'near': float(np.mean(near)), 'near_least': min(near),
            'cosine': float(np.median([row['cosine'] for row in rows])),
            'cosine_least': min(row['cosine'] for row in rows),
            **{name: float(np.mean([row[name] for row in rows]))
               for name in ('keypoints_split', 'keypoints_whole')}}


def table(scenes: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Return what each scene came to, by method, as Markdown."""
    lines = [f'| method, scene | images | keypoints | within {NEAR_PX} px | least | '
             'cosine | least |',
             '|---|---|---|---|---|---|---|']
    for method, found in scenes.items():
        lines += [f'| {method}, {scene} | {row["images"]} | {row["keypoints_split"]:.0f}, '
                  f'{row["keypoints_whole"]:.0f} | {row["near"]:.4f} | {row["near_least"]:.4f} | '
                  f'{row["cosine"]:.6f} | {row["cosine_least"]:.6f} |'
                  for scene, row in found.items()]
    return '\n'.join(lines)


def main(options: WholeOptions) -> str:
    """Compare, return the table; with files.out also save it."""
    protocol, files = options.protocol, options.files
    settings = {'precision': 'fp32', **protocol.settings}
    forms: dict[str, dict[str, Predictor]] = {
        form: open_predictors(dataclasses.replace(
            protocol, settings={**settings, 'front_end': form}), files.cache) for form in FORMS}
    source = open_folder(options.root)
    rows: dict[str, Rows] = {method: {} for method in protocol.methods}
    for name in tqdm(source.names, unit='image'):
        image = cv2.resize(source.read(name), protocol.size, interpolation=cv2.INTER_AREA)
        scene = name.rpartition('/')[0]
        for method, found in rows.items():
            split, whole = (forms[form][method].extract(image) for form in FORMS)
            found.setdefault(scene, []).append(compared(whole, split))
    scenes = {method: {scene: summary(each) for scene, each in found.items()}
              for method, found in rows.items()}
    save('whole', options, forms['whole'], {
        'data': {'what': files.data, 'images': len(source.names)}, 'near_px': NEAR_PX,
        'scenes': scenes, **({} if files.brief else {'images': rows})})
    return table(scenes)
