# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a data set on disk is made of."""
from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from residual_features_ros.errors import CommandError
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.trajectory import Trajectory

FIRST_NS = 10**9  # of images that have no stamps: 0 means "no stamp" in ROS


@dataclass(frozen=True)
class Sequence:
    """Images in the order of their stamps, and what is known about the camera.

    images: (stamp in ns, file).    ground_truth: poses of the camera's optical frame.
    notes: sentences about what is missing or was left out.
    """

    images: list[tuple[int, Path]]
    camera: Camera | None = None
    ground_truth: Trajectory | None = None
    notes: list[str] = field(default_factory=list)


def stamped(files: list[Path], hz: float) -> list[tuple[int, Path]]:
    """Return files with the stamps of a camera of `hz`."""
    return [(FIRST_NS + round(i * 1e9 / hz), path) for i, path in enumerate(files)]


def existing(images: list[tuple[int, Path]], listed_in: Path) -> tuple[list[tuple[int, Path]],
                                                                      list[str]]:
    """Return the listed images that are there, sorted by stamp, and a note on the others."""
    there = sorted((stamp, path) for stamp, path in images if path.is_file())
    if not there:
        raise CommandError(f'{listed_in}: none of the {len(images)} images that it names is there')
    missing = len(images) - len(there)
    return there, [f'{missing} of {len(images)} images named in {listed_in} are not there'] \
        if missing else []


def need_folder(path: Path, kind: str, inside: str) -> Path:
    """Return a path below a data set; CommandError that says what the data set should have."""
    if not (path / inside).exists():
        raise CommandError(f'{path}: no {inside} in it, which {kind} has')
    return path / inside


def offset(translation: np.ndarray) -> np.ndarray:
    """Return the pose (4, 4) of a camera that stands at a translation (3,) without turning."""
    pose = np.eye(4)
    pose[:3, 3] = translation
    return pose
