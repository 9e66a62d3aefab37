# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Predictions kept on disk: one file per method and image, named by all that decides it."""
from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import residual_features_ros
from residual_features_ros import Extractor, Features
from residual_features_ros.keypoints.surf import surf_provider
from training import arrays
from training.benchmarks.environment import cpu_model


class Predictor:
    """An extractor that writes its features into a folder and reads them when asked again.

    read and made count the images of either kind. Without a folder everything is made. seconds
    has what each made one took, keypoints the number in each image.
    """

    def __init__(self, extractor: Extractor, folder: Path | None) -> None:
        """Take a folder, made where it is missing; ValueError where it is a file."""
        if folder and folder.exists() and not folder.is_dir():
            raise ValueError(f'{folder}: not a folder, --cache takes one')
        self.extractor, self.folder = extractor, folder
        self.read = self.made = 0
        self.seconds: list[float] = []
        self.keypoints: list[int] = []

    def extract(self, image: np.ndarray) -> Features:
        """Return the features of an image as Extractor.extract does."""
        features = self._kept(image) if self.folder else self._make(image)
        self.keypoints.append(len(features))
        return features

    def _make(self, image: np.ndarray) -> Features:
        start = time.perf_counter()
        features = self.extractor.extract(image)
        self.seconds.append(time.perf_counter() - start)
        self.made += 1
        return features

    def _kept(self, image: np.ndarray) -> Features:
        """Return the features of the folder's file, written first where it is not there."""
        assert self.folder
        facts = json.dumps(origin(self.extractor, image), sort_keys=True)
        name = hashlib.sha256(facts.encode()).hexdigest()[:32]
        path = self.folder / self.extractor.config.method / f'{name}.npz'
        features = load(path, facts)
        if features is not None:
            self.read += 1
            return features
        features = self._make(image)
        save(path, facts, features)
        return features


def origin(extractor: Extractor, image: np.ndarray) -> dict[str, Any]:
    """Return everything that decides the features of an image.

    The pixels count, at the size worked on, not the file's name or date; the content of the
    weights and their card, not their folder; the code of the runtime besides its version.
    """
    settings = dataclasses.asdict(extractor.config)
    del settings['weights']
    card = dataclasses.asdict(extractor.card) if extractor.card else {}
    card.pop('folder', None)
    surf = surf_provider() if extractor.method.detector == 'surf' else ''
    return {
        'image': hashlib.sha256(image.tobytes()).hexdigest(),
        'shape': image.shape, 'settings': settings, 'card': card, 'surf': surf,
        'backend': extractor.backend_description, 'opencv': cv2.__version__, 'cpu': cpu_model(),
        'version': residual_features_ros.__version__, 'code': code_sha256(),
    }


@functools.cache
def code_sha256() -> str:
    """Return one fingerprint of the runtime's source files."""
    package = Path(residual_features_ros.__file__).parent
    files = sorted([*package.glob('*.py'), *package.glob('backends/*.py')])
    return hashlib.sha256(b''.join(path.read_bytes() for path in files)).hexdigest()


def save(path: Path, facts: str, features: Features) -> None:
    """Write features and the facts that they were made by."""
    values = {field.name: getattr(features, field.name) for field in dataclasses.fields(features)}
    arrays.save(path, {'facts': np.array(facts), **values})


def load(path: Path, facts: str) -> Features | None:
    """Return the features of a file, None where there is none; a corrupt one is said and removed.

    The facts tell a file under another's name.
    """
    values = arrays.load(path)
    if values is None:
        return None
    try:
        if str(values.pop('facts')) != facts:
            raise ValueError('made by something else')
        width, height = values.pop('image_size').tolist()
        return Features(**values, image_size=(width, height))
    except arrays.DAMAGE as error:
        arrays.discard(path, error)
        return None
