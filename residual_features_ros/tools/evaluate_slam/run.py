# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""evaluate-slam: the back-end of the examples with the features of methods, seed by seed."""
from __future__ import annotations

from typing import Any

import numpy as np
from tqdm import tqdm

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.environment import environment
from residual_features_ros.errors import CommandError, VocabularyError
from residual_features_ros.examples.slam.bundle import require_library
from residual_features_ros.extractor import Extractor
from residual_features_ros.tools.evaluate_slam.footage import Footage, open_footage
from residual_features_ros.tools.evaluate_slam.options import EvaluateSlamOptions
from residual_features_ros.tools.evaluate_slam.report import as_text, write_json
from residual_features_ros.tools.evaluate_slam.trial import Seen, Trial, run_trial
from residual_features_ros.types import Features
from residual_features_ros.vocabulary.files import load_vocabulary
from residual_features_ros.vocabulary.tree import Vocabulary


def run(options: EvaluateSlamOptions) -> int:
    """Evaluate and print; return 0, also where no image has a pose."""
    require_library()
    footage = open_footage(options)
    trials: list[Trial] = []
    notes: list[str] = []
    for method in options.methods:
        seen, nothing = see(method, footage, options, notes)
        plan = [(seed, black) for black in (0.0, *options.black) for seed in range(options.seeds)]
        for seed, black in tqdm(plan, desc=method, unit='run', disable=None):
            trials.append(run_trial(method, seen, nothing, footage.camera, seed, black))
    notes = [*footage.notes(), *notes]
    print(as_text(footage.name, trials, notes))
    if options.out:
        write_json(options.out, {'environment': environment(), 'settings': settings(options)},
                   trials, notes)
        print(f'written: {options.out}')
    return 0


def see(method: str, footage: Footage, options: EvaluateSlamOptions,
        notes: list[str]) -> tuple[list[Seen], Features]:
    """Return what a method finds in each image, and in a black one.

    All is kept: about 0.6 MB an image with 1000 keypoints of 128 numbers.
    """
    config, _ = options.method_options.configs(method)
    extractor = Extractor(config)
    vocabulary = _vocabulary(config, options, notes)
    seen, shape = [], (0, 0)
    for stamp_ns, image in tqdm(footage.images, desc=f'{method}: features', unit='image',
                                disable=None):
        features = extractor.extract(image)
        bag = vocabulary.transform(features.descriptors) if vocabulary and len(features) else None
        seen.append(Seen(stamp_ns, features, bag, footage.true_pose(stamp_ns)))
        shape = image.shape[:2]
    if len(seen) < 2:
        raise CommandError(f'{footage.name}: {len(seen)} images, two are the least')
    return seen, extractor.extract(np.zeros(shape, np.uint8))


def _vocabulary(config: ExtractorConfig, options: EvaluateSlamOptions,
                notes: list[str]) -> Vocabulary | None:
    try:
        return load_vocabulary(config.method, options.vocabulary, config.weights)[0]
    except VocabularyError as error:
        if options.vocabulary:
            raise CommandError(str(error)) from error
        notes.append(f'{config.method} has no vocabulary: no loops, and a lost camera is looked '
                     'for at the last keyframe alone')
        return None


def settings(options: EvaluateSlamOptions) -> dict[str, Any]:
    """Return what the numbers were made with."""
    methods = options.method_options
    return {'source': options.source.name, 'methods': list(options.methods),
            'seeds': options.seeds, 'black_s': list(options.black), 'hz': options.hz,
            'step': options.step, 'max_frames': options.max_frames,
            'keypoints': methods.max_keypoints, 'backend': list(methods.backend),
            'set': list(methods.settings)}
