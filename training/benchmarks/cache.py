# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Predictions cached on disk: one file per method and image, named by all that decides it."""
from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import residual_features_ros
from residual_features_ros import Extractor, Features, create_extractor
from residual_features_ros.config import MatcherConfig, from_mapping, split_method
from residual_features_ros.environment import cpu_model
from residual_features_ros.keypoints.surf import surf_provider
from residual_features_ros.matcher import Matcher, open_matcher
from training.benchmarks.protocol import Protocol
from training.benchmarks.stored_features import StoredFeatures, load, save
from training.benchmarks.weights import find_weights

# Of the runtime, what decides the features of an image.
CODE = ('*.py', 'backends/*.py', 'geometry/*.py', 'keypoints/*.py', 'rows/*.py')


class Predictor:
    """An extractor that writes its features into a folder and reads them when asked again.

    read and made count the images of either kind. Without a folder everything is made. seconds
    has what each made one took, keypoints the number in each image.
    """

    def __init__(self, extractor: Extractor, folder: Path | None,
                 pairing: Mapping[str, Any] | None = None,
                 finder: Extractor | None = None) -> None:
        """Take a folder, made where it is missing; ValueError where it is a file.

        pairing: settings of MatcherConfig. finder: whose keypoints are described, None for those
        of the extractor itself.
        """
        if folder and folder.exists() and not folder.is_dir():
            raise ValueError(f'{folder}: not a folder, --cache takes one')
        self.extractor, self.folder, self.pairing = extractor, folder, pairing or {}
        self.finder = finder
        self.read = self.made = 0
        self.seconds: list[float] = []
        self.keypoints: list[int] = []

    def extract(self, image: np.ndarray) -> Features:
        """Return the features of an image as Extractor.extract does."""
        features = self._cached(image)[1] if self.folder else self._make(image)
        self.keypoints.append(len(features))
        return features

    def keep(self, image: np.ndarray) -> Features | StoredFeatures:
        """Return the features of an image, or with a folder where they are on disk."""
        if not self.folder:
            return self.extract(image)
        stored, features = self._cached(image)
        self.keypoints.append(len(features))
        return stored

    def matcher(self, **settings: Any) -> Matcher:
        """Return what pairs its features, with further settings of MatcherConfig.

        Similarities are computed in fp32. See open_matcher for the errors.
        """
        return open_matcher(from_mapping(MatcherConfig, {
            'matching_precision': 'fp32', **self.pairing, **settings}), self.extractor)

    def _make(self, image: np.ndarray) -> Features:
        start = time.perf_counter()
        features = self.extractor.describe(image, self.finder.extract(image)) if self.finder \
            else self.extractor.extract(image)
        self.seconds.append(time.perf_counter() - start)
        self.made += 1
        return features

    def _cached(self, image: np.ndarray) -> tuple[StoredFeatures, Features]:
        """Return the folder's file, written first where it is not there, and its features."""
        assert self.folder
        made_by = origin(self.extractor, image)
        if self.finder:
            made_by['keypoints'] = origin(self.finder, image)
        metadata = json.dumps(made_by, sort_keys=True)
        name = hashlib.sha256(metadata.encode()).hexdigest()[:32]
        stored = StoredFeatures(self.folder / self.extractor.config.method / f'{name}.npz',
                                metadata)
        features = load(stored.path, metadata)
        if features is not None:
            self.read += 1
            return stored, features
        features = self._make(image)
        save(stored.path, metadata, features)
        return stored, features


def open_predictors(protocol: Protocol, folder: Path | None) -> dict[str, Predictor]:
    """Return the runtime extractor of each method; a method is evaluated as the node runs it.

    A name may be METHOD@KEYPOINTS: descriptors of METHOD at the keypoints of the method KEYPOINTS.
    It may end with +MATCHER.
    """
    asked = {name: split_method(name) for name in protocol.methods}
    words = {name: method.split('@', 1) for name, (method, _) in asked.items()}
    folders = find_weights([word for both in words.values() for word in both], protocol.weights)

    def opened(method: str) -> Extractor:
        return create_extractor(method, protocol.max_keypoints, protocol.backend,
                                weights=folders[method], **protocol.settings)

    return {name: Predictor(opened(method), folder, asked[name][1], *map(opened, finders))
            for name, (method, *finders) in words.items()}


def counts(predictors: Mapping[str, Predictor], folder: Path | None) -> str:
    """Return how many predictions were made and how many read."""
    made, read = (sum(getattr(predictor, name) for predictor in predictors.values())
                  for name in ('made', 'read'))
    return f'predictions: {made} made' + (f', {read} read from {folder}' if folder else '')


def origin(extractor: Extractor, image: np.ndarray) -> dict[str, Any]:
    """Return everything that decides the features of an image.

    The pixels count, at the size worked on, not the file's name or date; the content of the
    weights and their card, not their folder; the code of the runtime besides its version.
    """
    settings = dataclasses.asdict(extractor.config)
    del settings['weights']
    card = dataclasses.asdict(extractor.card) if extractor.card else {}
    card.pop('folder', None)
    whole = {card.name: card.sha256 for card in extractor.whole_cards}
    surf = surf_provider() if extractor.method.detector == 'surf' else ''
    return {
        'image': hashlib.sha256(image.tobytes()).hexdigest(),
        'shape': image.shape, 'settings': settings, 'card': card, 'whole': whole, 'surf': surf,
        'backend': extractor.backend_description, 'opencv': cv2.__version__, 'cpu': cpu_model(),
        'version': residual_features_ros.__version__, 'code': code_sha256(),
    }


@functools.cache
def code_sha256() -> str:
    """Return one fingerprint of the runtime's source files."""
    package = Path(residual_features_ros.__file__).parent
    files = sorted(path for pattern in CODE for path in package.glob(pattern))
    return hashlib.sha256(b''.join(path.read_bytes() for path in files)).hexdigest()
